// The tabs that the explorer opens with. What names a person (an id, a phone, an address) goes into the variables.
"use strict";

const WEINAO_EXAMPLES = [
  {
    query: `# 矛盾群：谁和谁反复发生纠纷，最该先看的在前。
# 按 Ctrl-Enter 运行；左上角的说明书图标（Documentation Explorer）里有全部字段的中文说明和分类级别。
query DisputeGroups {
  disputeGroups(minEvents: 2, limit: 10) {
    label
    score
    partyCount
    firstAt
    lastAt
    eventIds
    parties {
      __typename
      ... on Person { id name residences { node { address } } }
      ... on Organization { id name address }
    }
  }
}
`,
  },
  {
    query: `# 门牌：这套房里住着谁，哪些部门掌握他们。
# 地址写在下方 Variables 里，写法不论，须到室；asOf 可回看过去某一天。
query Door($address: String!, $asOf: Date) {
  dwelling(address: $address, asOf: $asOf) {
    id
    address
    area
    owners { node { id name } }
    residents {
      role
      validFrom
      validTo
      sources
      node {
        id
        name
        sexLabel
        birthDate
        tags { node { label } }
        records { node { department observedAt } }
      }
    }
  }
}
`,
    variables: `{
  "address": "",
  "asOf": null
}`,
  },
  {
    query: `# 一户人家：成员、标签和还没办结的事件。
query HouseholdPage($householdNo: String!) {
  household(householdNo: $householdNo) {
    id
    address
    tags { node { label } }
    members {
      relationToHeadLabel
      node { id name birthDate tags { node { label } } }
    }
    openEvents {
      node { id kindLabel category reportedAt statusLabel }
    }
  }
}
`,
    variables: `{
  "householdNo": ""
}`,
  },
  {
    query: `# 一个单位：谁投诉过它，他们住在哪里。
query Complainants($name: String!) {
  organization(name: $name) {
    id
    name
    uscc
    legalRepresentatives { node { id name } }
    events {
      role
      node {
        id
        kindLabel
        reportedAt
        parties {
          role
          node {
            ... on Person { id name residences { node { address } } }
            ... on Organization { id name }
          }
        }
      }
    }
  }
}
`,
    variables: `{
  "name": ""
}`,
  },
  {
    query: `# 按姓名找人：同名的都列出来，电话和证件号已遮盖。
query People($name: String!) {
  people(name: $name, limit: 20) {
    id
    name
    sexLabel
    birthDate
    citizenId
    phone
    recordCount
    residences { validFrom validTo node { address } }
  }
}
`,
    variables: `{
  "name": ""
}`,
  },
];
