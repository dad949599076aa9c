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
      ... on Person { id name livesIn(first: 1) { nodes { address } } }
      ... on Organization { id name address }
    }
  }
}
`,
  },
  {
    query: `# 门牌：这套房里住着谁，哪些部门掌握他们。
# 地址写在下方 Variables 里，写法不论，须到室。
# 不写 asOf 是现在的情况；写一天，如 "2024-06-01"，是那一天的情况；写 null 是全部历史。
query Door($address: String!) {
  dwelling(address: $address) {
    id
    address
    area
    owners { nodes { ... on Person { id name } ... on Organization { id name } } }
    residents {
      totalCount
      edges {
        role
        validFrom
        sources
        node {
          id
          name
          sexLabel
          birthDate
          tags { nodes { label } }
          records { nodes { department observedAt } }
        }
      }
    }
    history: residents(asOf: null) { edges { validFrom validTo node { id name } } }
  }
}
`,
    variables: `{
  "address": ""
}`,
  },
  {
    query: `# 一户人家：成员、标签和依据、还没办结的事件。
query HouseholdPage($householdNo: String!) {
  household(householdNo: $householdNo) {
    id
    address
    tags { edges { validFrom evidence node { label } } }
    members {
      edges {
        relationToHeadLabel
        node { id name birthDate tags { nodes { label } } }
      }
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
    legalRepresentatives { nodes { id name } }
    events(first: 20, filter: { parties: { person: {}, edge: { role: { eq: "complainant" } } } }) {
      totalCount
      nodes {
        id
        kindLabel
        reportedAt
        parties(first: 5) {
          edges {
            roleLabel
            node {
              ... on Person { id name livesIn(first: 1) { nodes { address } } }
              ... on Organization { id name }
            }
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
  persons(first: 20, filter: { name: { eq: $name } }) {
    totalCount
    nodes {
      id
      name
      sexLabel
      birthDate
      citizenId
      phone
      recordCount
      livesIn(asOf: null) { edges { validFrom validTo node { address } } }
    }
  }
}
`,
    variables: `{
  "name": ""
}`,
  },
  {
    query: `# 筛选与翻页：某个小区里 60 岁以上、家里只有一口人的老人，年长的在前。
# 下一页：把 pageInfo.endCursor 填进 after。条件里能写什么，在 filter 处按 Ctrl-空格就会列出。
query ElderlyAlone($compound: String!, $after: String) {
  persons(
    first: 20
    after: $after
    orderBy: { by: "age", direction: DESC }
    filter: {
      age: { gte: 60 }
      livesIn: { compound: { name: { eq: $compound } } }
      household: { count: [{ of: "members", eq: 1 }] }
    }
  ) {
    totalCount
    pageInfo { hasNextPage endCursor }
    nodes {
      id
      name
      livesIn(first: 1) { nodes { address } }
      tags { nodes { label } }
    }
  }
}
`,
    variables: `{
  "compound": "",
  "after": null
}`,
  },
];
