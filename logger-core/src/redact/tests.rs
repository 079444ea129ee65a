use super::*;

fn masked(redaction: &Redaction, key: &str) -> bool {
    redaction.treatment(key) != Treatment::Keep
}

#[test]
fn keys_that_give_a_secret_away_are_masked_in_any_case_and_between_any_words() {
    for key in [
        "password",
        "PASSWORD",
        "Password",
        "passwords",
        "pass_word",
        "userPassword",
        "user.password",
        "dbpassword",
        "password2",
        "password_hash",
        "old password",
        "passwd",
        "PASSPHRASE",
        "pwd",
        "secret",
        "client_secret",
        "secretKey",
        "SECRETS",
        "token",
        "auth-token",
        "authToken",
        "bot_token",
        "TELEGRAM_BOT_TOKEN",
        "authtoken",
        "OAuth2Token",
        "refresh_tokens",
        "api_key",
        "apikey",
        "APIKEY",
        "API_KEY",
        "APIKey",
        "apiKey",
        "api.key",
        "api key",
        "binance_api_key",
        "X-Api-Key",
        "binanceapikey",
        "APIKEYs",
        "api_key_2",
        "private_key",
        "privateKeyPem",
        "ssh-private-key",
        "authorization",
        "Proxy-Authorization",
        "authorization_header",
        "cookie",
        "Set-Cookie",
        "cookies",
        "credentials",
        "aws_credential_file",
        "signature",
        "X-Signature",
        "access_key",
        "jwt",
        "seed_phrase",
        "token_count_secret",
        "секрет_token",
        "token\u{0}",
        "__token__",
    ] {
        assert_eq!(default_list().treatment(key), Treatment::Mask, "{key}");
    }
}

#[test]
fn ordinary_keys_stay_though_a_name_of_the_list_is_a_part_of_them() {
    for key in [
        "",
        "_",
        "price",
        "order_id",
        "symbol",
        "tokenized_volume",
        "tokenization",
        "secretary",
        "secretariat",
        "token_count",
        "tokenCount",
        "tokens_count",
        "token_price",
        "token-symbol",
        "TOKEN_SUPPLY",
        "cookie_name",
        "signature_type",
        "password_length",
        "token_expires_at",
        "passwordless",
        "author",
        "authorized",
        "api",
        "key",
        "primary_key",
        "api_version",
        "apikeyless",
        "pwdx",
        "xpwd",
        "spot",
        "totpx",
        "account",
        "account_ids_count",
        "correlation_id",
        "credentialed",
        "rapi_key",
        "strategy_id",
        "accountant_id",
    ] {
        assert_eq!(default_list().treatment(key), Treatment::Keep, "{key}");
    }
}

#[test]
fn of_an_account_id_the_end_stays_unless_the_key_names_a_secret_too() {
    for key in ["account_id", "accountId", "ACCOUNT_ID", "sub_account_id", "accountid"] {
        assert_eq!(default_list().treatment(key), Treatment::LastThree, "{key}");
    }
    assert_eq!(default_list().treatment("account_id_token"), Treatment::Mask);
}

#[test]
fn names_can_be_added_and_taken_off_and_one_key_excepted() {
    let list = Redaction::default().key("IBAN").without_key("base_token").without_key("signature");
    assert!(masked(&list, "client_iban") && masked(&list, "auth_token"));
    assert!(!masked(&list, "baseToken") && !masked(&list, "signature") && !masked(&list, "x_signature"));
    assert!(masked(&list.key("base_token"), "base_token"));
    assert!(!masked(&Redaction::none(), "password"));
    assert!(!masked(&Redaction::none().key("").key("_-"), "price"));
    assert_eq!(Redaction::default().key("account_id").treatment("account_id"), Treatment::Mask);
}

#[test]
fn names_in_other_scripts_can_be_added() {
    let list = Redaction::none().key("пароль");
    assert!(masked(&list, "пароль") && masked(&list, "мой_пароль"));
    assert!(!masked(&list, "парольщик"));
}

#[test]
fn three_characters_of_four_or_more_stay_and_none_of_fewer() {
    let table =
        [("", ""), ("1", ""), ("123", ""), ("1234", "234"), ("ACC-001", "001"), ("äöüß", "öüß"), ("äöü", "")];
    for (text, left) in table {
        assert_eq!(last_three(text), left, "{text}");
    }
}
