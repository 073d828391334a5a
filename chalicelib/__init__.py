"""What is deployed beside app.py."""

import gc

# The collector otherwise goes through everything again and again while some 700 modules are imported (45 ms of a cold
# start) and in each hundredth call (a seventh of a webhook's CPU); what a call leaves behind is mostly without cycles.
gc.set_threshold(20_000, 20, 20)
