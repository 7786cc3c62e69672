"""Authorizations, the credential vault and the audit log: nothing is pulled or handed out without them."""
