//! Charts in the house style: SVG for pages, PNG for mail and Slack.
