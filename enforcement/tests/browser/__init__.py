from playwright.sync_api import expect

# A page that answers late beside other work is not a page that does not answer.
expect.set_options(timeout=20_000)
