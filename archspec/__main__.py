"""`python -m archspec`."""

from archspec.cli.main import command

if __name__ == "__main__":
    command()
