<?php
// Praxis's own functions, as its pages print them, over cases on standard input: a JSON list in, a JSON list out.

class Praxis
{
    /**
     * Method for encryption using AES algorithm
     * https://doc.praxiscashier.com/integration_docs/3.4/payment_api/process_sale_encrypted
     */
    public function encrypt(string $valueForEncryption, string $merchantSecret, int $requestTimestamp) : string
    {
        $method = 'aes-256-cbc';
        $key = str_pad($merchantSecret, 32, '0', STR_PAD_LEFT);
        $iv = str_pad($requestTimestamp, 16, '0', STR_PAD_LEFT);
        $encrypted = openssl_encrypt($valueForEncryption, $method, $key, OPENSSL_RAW_DATA, $iv);

        return base64_encode($encrypted);
    }

    /** The steps of https://doc.praxiscashier.com/integration_docs/3.3/overview/how_to_build_signature */
    public function sign(array $parameters, string $merchantSecret) : string
    {
        unset($parameters['signature']);
        ksort($parameters);

        return hash('sha384', implode('', $parameters) . $merchantSecret);
    }
}

$praxis = new Praxis();
$results = [];
foreach (json_decode(stream_get_contents(STDIN), true) as $case) {
    $results[] = [
        'number' => $praxis->encrypt($case['number'], $case['secret'], $case['timestamp']),
        'expiry' => $praxis->encrypt($case['expiry'], $case['secret'], $case['timestamp']),
        'cvc' => $praxis->encrypt($case['cvc'], $case['secret'], $case['timestamp']),
        // Read from the exact text that was sent, as Praxis does.
        'signature' => $praxis->sign(json_decode($case['body'], true), $case['secret']),
        'answer' => $praxis->sign(json_decode($case['answer'], true), $case['secret']),
    ];
}
echo json_encode($results);
