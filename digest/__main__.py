"""`python -m digest` is the command `digest`."""

from digest.cli import main

if __name__ == "__main__":  # a worker process imports this file again, and must not run a command
    main()
