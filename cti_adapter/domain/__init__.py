"""Pure telephony and Salesforce knowledge: calls, commands, dialling, call center definition. No I/O, no clock."""
