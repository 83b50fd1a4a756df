"""Salesforce from the server's side: its REST API. What runs inside Salesforce's pages is in static/js."""
