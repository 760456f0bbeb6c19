"""Who may do what on the desk: sign-in, sessions, roles, form tokens, and the audit's page."""
