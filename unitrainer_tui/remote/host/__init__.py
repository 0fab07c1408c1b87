"""What runs on the rented machine: standard library only, Python 3.8 and newer.

The modules are sent over the channel that runs them (loader.py); they import one another relatively, because there the
package is called `unitrainer_host` and nothing else of the program exists.
"""
