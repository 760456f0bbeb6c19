"""An edition and single mails on their way out: the queues of a run, its relays, its signatures, its report."""
