"""``meterbook bills``: bills kept, read, shown, checked and written out; one module a command."""
