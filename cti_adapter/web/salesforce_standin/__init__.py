"""A local stand-in for Salesforce Lightning: a small org, its pages, its Open CTI host. In memory only."""
