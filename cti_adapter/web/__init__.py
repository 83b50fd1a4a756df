"""Flask pages: start, softphone, call center definition, Salesforce stand-in."""
