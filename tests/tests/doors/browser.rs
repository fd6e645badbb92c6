//! What web pages of other origins can do to a farm, in a real browser.
