// The yardstick: @neo4j/graphql behind graphql-yoga, over the graph that Weinao has projected into Neo4j.
// Environment: NEO4J_URL, NEO4J_USER, NEO4J_PASSWORD_FILE, NEO4J_DATABASE. Prints its port when it answers.
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { Neo4jGraphQL } from "@neo4j/graphql";
import { createYoga } from "graphql-yoga";
import neo4j from "neo4j-driver";

const typeDefs = /* GraphQL */ `
  type Person @node {
    id: ID!
    name: String
    sex: String
    birthDate: Date @alias(property: "birth_date")
    address: String
    phone: String
    livesIn: [Dwelling!]! @relationship(type: "LIVES_IN", direction: OUT)
    worksAt: [Organization!]! @relationship(type: "WORKS_AT", direction: OUT)
    events: [Event!]! @relationship(type: "PARTY_TO", direction: OUT)
    tags: [Tag!]! @relationship(type: "TAGGED", direction: OUT)
  }
  type Dwelling @node {
    id: ID!
    address: String
    residents: [Person!]! @relationship(type: "LIVES_IN", direction: IN, properties: "Stay")
    organizations: [Organization!]! @relationship(type: "LOCATED_AT", direction: IN)
    households: [Household!]! @relationship(type: "LOCATED_AT", direction: IN)
  }
  type Household @node {
    id: ID!
    householdNo: String @alias(property: "household_no")
    tags: [Tag!]! @relationship(type: "TAGGED", direction: OUT)
  }
  type Organization @node {
    id: ID!
    name: String
  }
  type Event @node {
    id: ID!
    title: String
    status: String
  }
  type Tag @node {
    id: ID!
    label: String
    level: String
  }
  type Stay @relationshipProperties {
    role: String
    validFrom: Date @alias(property: "valid_from")
  }
`;

const { NEO4J_URL, NEO4J_USER, NEO4J_PASSWORD_FILE, NEO4J_DATABASE } = process.env;
const password = readFileSync(NEO4J_PASSWORD_FILE, "utf8").trim();
const driver = neo4j.driver(NEO4J_URL, neo4j.auth.basic(NEO4J_USER, password));
const schema = await new Neo4jGraphQL({ typeDefs, driver }).getSchema();
const context = { sessionConfig: { database: NEO4J_DATABASE } };
const yoga = createYoga({ schema, context: () => context, graphiql: false, landingPage: false, logging: false });

const server = createServer(yoga);
server.listen(0, "127.0.0.1", () => console.log(server.address().port));
