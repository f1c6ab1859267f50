"""Run the command line as `python -m terahash`."""

from terahash.cli import main

if __name__ == "__main__":
    main(prog_name="terahash")
