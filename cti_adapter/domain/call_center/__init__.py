"""Salesforce's call center definition: what it says, its XML form, its rules, and what comes back from Salesforce."""
