// Components for Salesforce are tested with Salesforce's own tools.
const { jestConfig } = require("@salesforce/sfdx-lwc-jest/config");

module.exports = { ...jestConfig, roots: ["<rootDir>/salesforce"] };
