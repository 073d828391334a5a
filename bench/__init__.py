"""The measurements: `python -m bench`. Each module is one bench and can be run alone: `python -m bench.cpu`."""
