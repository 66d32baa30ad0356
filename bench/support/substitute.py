# What a merchant would write for mitmproxy: puts the card in place of a token, and takes it out of the answer.
CARDS = {b"tok_bench": b"4242424242424242"}


def request(flow):
    for token, number in CARDS.items():
        if flow.request.content and token in flow.request.content:
            flow.request.content = flow.request.content.replace(token, number)


def response(flow):
    for token, number in CARDS.items():
        if flow.response.content and number in flow.response.content:
            flow.response.content = flow.response.content.replace(number, token)
