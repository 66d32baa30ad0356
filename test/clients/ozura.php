<?php

/**
 * A merchant's program for Ozura's vault, in PHP with its curl extension: a form, sent through the vault to the PSP.
 * Only the host, the key and the ids of token and session are Pangate's; they come from the environment.
 *
 * php ozura.php headers|fields|query|xml
 */

declare(strict_types=1);

/** What is asked of the PSP; http_build_query percent-encodes the placeholders. */
const CHARGE = [
    'amount' => 2000,
    'currency' => 'usd',
    'description' => 'Müller & Söhne, 100%',
    'source' => [
        'object' => 'card',
        'number' => '${cardNumber}',
        'exp_month' => '${expirationMonth}',
        'exp_year' => '${expirationYear}',
        'cvc' => '${cvv}',
    ],
];

function setting(string $name): string
{
    $value = getenv($name);
    if ($value === false) {
        fwrite(STDERR, "$name is not set\n");
        exit(2);
    }
    return $value;
}

/** Posts to the vault; prints status and answer as one line of JSON. */
function post(string $query, array $headers, string $body): void
{
    $curl = curl_init(setting('VAULT_URL') . '/proxy/transaction' . $query);
    curl_setopt_array($curl, [
        CURLOPT_POST => true,
        CURLOPT_POSTFIELDS => $body,
        CURLOPT_RETURNTRANSFER => true,
        CURLOPT_TIMEOUT => 20,
        CURLOPT_HTTPHEADER => ['X-API-Key: ' . setting('VAULT_KEY'), ...$headers],
    ]);
    $answer = curl_exec($curl);
    if ($answer === false) {
        fwrite(STDERR, curl_error($curl) . "\n");
        exit(1);
    }
    $status = curl_getinfo($curl, CURLINFO_HTTP_CODE);
    echo json_encode(
        ['status' => $status, 'answer' => json_decode($answer, true, 64, JSON_THROW_ON_ERROR)],
        JSON_THROW_ON_ERROR,
    ), "\n";
}

$control = [
    'token' => setting('VAULT_TOKEN'),
    'proxy_url' => setting('PSP_URL'),
    'cvc_session_id' => setting('VAULT_SESSION'),
];
$psp = ['Authorization: Bearer sk_test_php'];

match ($argv[1] ?? '') {
    'headers' => post('', [
        'X-Token: ' . $control['token'],
        'X-Proxy-URL: ' . $control['proxy_url'],
        'X-CVC-Session-ID: ' . $control['cvc_session_id'],
        ...$psp,
    ], http_build_query(CHARGE)),
    'fields' => post('', $psp, http_build_query([...$control, ...CHARGE])),
    'query' => post('?' . http_build_query($control), $psp, http_build_query(CHARGE)),
    'xml' => post('?' . http_build_query($control), ['Content-Type: application/xml; charset=utf-8'],
        '<sale><name>Müller &amp; Söhne</name><pan>${cardNumber}</pan><cvv>${cvv}</cvv></sale>'),
    default => exit(2),
};
