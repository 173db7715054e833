from playwright.sync_api import expect

# Milliseconds. A page that answers late beside other work is not a page that does not answer.
PATIENCE = 60_000

expect.set_options(timeout=PATIENCE)
