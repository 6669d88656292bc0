//! What went wrong, with a code that programs compare and a reason that people read.

use std::fmt;

use rustls::{AlertDescription, CertificateError, Error, InvalidMessage, PeerIncompatible};

/// Why a session ended, or could not begin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// As node names it: `CERT_HAS_EXPIRED`, `ERR_TLS_CERT_ALTNAME_INVALID`, `ECONNRESET`, `ERR_SSL_…`.
    pub code: &'static str,
    /// For a person: what was wrong and, where that helps, what would be right.
    pub reason: String,
}

impl Failure {
    /// A failure with a code of node's and a reason for a person.
    pub fn new(code: &'static str, reason: impl Into<String>) -> Failure {
        Failure {
            code,
            reason: reason.into(),
        }
    }

    /// Options that cannot be used.
    pub(crate) fn option(reason: impl Into<String>) -> Failure {
        Failure::new("ERR_INVALID_ARG_VALUE", reason)
    }

    /// The stream ended, and the peer had not said that it would.
    pub(crate) fn truncated(handshaking: bool) -> Failure {
        Failure::new(
            "ECONNRESET",
            if handshaking {
                "connection ended before the TLS handshake was complete"
            } else {
                "connection ended without close_notify: data may be missing at its end"
            },
        )
    }

    /// What rustls says, in node's codes. `first` are the first bytes the peer sent, if this is about them.
    pub(crate) fn of(error: &Error, first: &[u8]) -> Failure {
        match error {
            Error::AlertReceived(alert) => Failure {
                code: alert_code(*alert),
                reason: format!("peer refused: {}", alert_text(*alert)),
            },
            Error::InvalidMessage(
                InvalidMessage::InvalidContentType | InvalidMessage::UnknownProtocolVersion,
            ) if !first.is_empty() => not_tls(first),
            Error::InvalidMessage(InvalidMessage::HandshakePayloadTooLarge) => Failure::new(
                "ERR_SSL_EXCESSIVE_MESSAGE_SIZE",
                "peer sent a handshake message of more than 65535 bytes",
            ),
            Error::PeerSentOversizedRecord
            | Error::InvalidMessage(InvalidMessage::MessageTooLarge) => Failure::new(
                "ERR_SSL_PACKET_LENGTH_TOO_LONG",
                "peer sent a record longer than TLS allows",
            ),
            Error::InvalidMessage(what) => Failure::new(
                "ERR_SSL_DECODE_ERROR",
                format!("peer sent a message that is not valid TLS: {what:?}"),
            ),
            Error::DecryptError => Failure::new(
                "ERR_SSL_DECRYPTION_FAILED_OR_BAD_RECORD_MAC",
                "a record cannot be decrypted: it was damaged or changed on its way",
            ),
            Error::InappropriateMessage {
                expect_types,
                got_type,
            } => Failure::new(
                "ERR_SSL_UNEXPECTED_MESSAGE",
                format!("peer sent {got_type:?} where {expect_types:?} was due"),
            ),
            Error::InappropriateHandshakeMessage {
                expect_types,
                got_type,
            } => Failure::new(
                "ERR_SSL_UNEXPECTED_MESSAGE",
                format!("peer sent {got_type:?} where {expect_types:?} was due"),
            ),
            Error::PeerIncompatible(what) => incompatible(what),
            Error::PeerMisbehaved(what) => Failure::new(
                "ERR_SSL_UNEXPECTED_MESSAGE",
                format!("peer broke the rules of TLS: {what:?}"),
            ),
            Error::NoCertificatesPresented => Failure::new(
                "ERR_SSL_PEER_DID_NOT_RETURN_A_CERTIFICATE",
                "client sent no certificate, which this server requires",
            ),
            Error::NoApplicationProtocol => Failure::new(
                "ERR_SSL_NO_APPLICATION_PROTOCOL",
                "none of the application protocols (ALPN) that the client offers is spoken here",
            ),
            Error::InvalidCertificate(CertificateError::BadEncoding) => {
                Failure::new("ERR_SSL_BAD_CERTIFICATE", "certificate cannot be read")
            }
            Error::InvalidCertificate(CertificateError::BadSignature) => Failure::new(
                "ERR_SSL_BAD_SIGNATURE",
                "handshake is not signed by the key of the certificate",
            ),
            Error::InvalidCertificate(what) => {
                Failure::new("ERR_SSL_BAD_CERTIFICATE", format!("certificate: {what}"))
            }
            Error::General(text) if text == "no server certificate chain resolved" => Failure::new(
                "ERR_SSL_NO_SHARED_CIPHER",
                "server has no certificate for this client: give key and cert",
            ),
            other => Failure::new("EPROTO", other.to_string()),
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code, self.reason)
    }
}

impl std::error::Error for Failure {}

/// What a peer speaks that does not speak TLS.
fn not_tls(first: &[u8]) -> Failure {
    let http = [
        &b"GET "[..],
        b"POST",
        b"HEAD",
        b"PUT ",
        b"OPTI",
        b"DELE",
        b"PATC",
    ];
    if http.iter().any(|verb| first.starts_with(verb)) {
        return Failure::new(
            "ERR_SSL_HTTP_REQUEST",
            "peer does not speak TLS: it sent an HTTP request",
        );
    }
    if first.starts_with(b"HTTP") {
        return Failure::new(
            "ERR_SSL_WRONG_VERSION_NUMBER",
            "peer does not speak TLS: it answered with HTTP",
        );
    }
    Failure::new(
        "ERR_SSL_WRONG_VERSION_NUMBER",
        "peer does not speak TLS: what it sent is no TLS record",
    )
}

fn incompatible(what: &PeerIncompatible) -> Failure {
    match what {
        PeerIncompatible::NoCipherSuitesInCommon => Failure::new(
            "ERR_SSL_NO_SHARED_CIPHER",
            "both sides have no cipher in common",
        ),
        PeerIncompatible::NoKxGroupsInCommon => Failure::new(
            "ERR_SSL_NO_SUITABLE_GROUPS",
            "both sides have no key exchange group in common",
        ),
        PeerIncompatible::NoSignatureSchemesInCommon
        | PeerIncompatible::NoCertificateRequestSignatureSchemesInCommon => Failure::new(
            "ERR_SSL_NO_SHARED_SIGNATURE_ALGORITHMS",
            "both sides have no signature algorithm in common that suits the certificate",
        ),
        PeerIncompatible::ServerDoesNotSupportTls12Or13
        | PeerIncompatible::ServerTlsVersionIsDisabledByOurConfig
        | PeerIncompatible::SupportedVersionsExtensionRequired
        | PeerIncompatible::Tls12NotOffered
        | PeerIncompatible::Tls12NotOfferedOrEnabled
        // Only TLS 1.1 and older have hellos without.
        | PeerIncompatible::SignatureAlgorithmsExtensionRequired => Failure::new(
            "ERR_SSL_UNSUPPORTED_PROTOCOL",
            "both sides have no version of TLS in common (TLS 1.2 and 1.3 are offered here, within minVersion and \
             maxVersion)",
        ),
        other => Failure::new(
            "ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE",
            format!("peer is not compatible: {other:?}"),
        ),
    }
}

/// OpenSSL's name of the error that an alert of the peer makes.
pub(crate) fn alert_code(alert: AlertDescription) -> &'static str {
    match alert {
        AlertDescription::UnexpectedMessage => "ERR_SSL_SSLV3_ALERT_UNEXPECTED_MESSAGE",
        AlertDescription::BadRecordMac => "ERR_SSL_SSLV3_ALERT_BAD_RECORD_MAC",
        AlertDescription::RecordOverflow => "ERR_SSL_TLSV1_ALERT_RECORD_OVERFLOW",
        AlertDescription::HandshakeFailure => "ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE",
        AlertDescription::BadCertificate => "ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE",
        AlertDescription::UnsupportedCertificate => "ERR_SSL_SSLV3_ALERT_UNSUPPORTED_CERTIFICATE",
        AlertDescription::CertificateRevoked => "ERR_SSL_SSLV3_ALERT_CERTIFICATE_REVOKED",
        AlertDescription::CertificateExpired => "ERR_SSL_SSLV3_ALERT_CERTIFICATE_EXPIRED",
        AlertDescription::CertificateUnknown => "ERR_SSL_SSLV3_ALERT_CERTIFICATE_UNKNOWN",
        AlertDescription::IllegalParameter => "ERR_SSL_SSLV3_ALERT_ILLEGAL_PARAMETER",
        AlertDescription::UnknownCA => "ERR_SSL_TLSV1_ALERT_UNKNOWN_CA",
        AlertDescription::AccessDenied => "ERR_SSL_TLSV1_ALERT_ACCESS_DENIED",
        AlertDescription::DecodeError => "ERR_SSL_TLSV1_ALERT_DECODE_ERROR",
        AlertDescription::DecryptError => "ERR_SSL_TLSV1_ALERT_DECRYPT_ERROR",
        AlertDescription::ProtocolVersion => "ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION",
        AlertDescription::InsufficientSecurity => "ERR_SSL_TLSV1_ALERT_INSUFFICIENT_SECURITY",
        AlertDescription::InternalError => "ERR_SSL_TLSV1_ALERT_INTERNAL_ERROR",
        AlertDescription::InappropriateFallback => "ERR_SSL_TLSV1_ALERT_INAPPROPRIATE_FALLBACK",
        AlertDescription::UserCanceled => "ERR_SSL_TLSV1_ALERT_USER_CANCELLED",
        AlertDescription::NoRenegotiation => "ERR_SSL_TLSV1_ALERT_NO_RENEGOTIATION",
        AlertDescription::MissingExtension => "ERR_SSL_TLSV13_ALERT_MISSING_EXTENSION",
        AlertDescription::UnrecognisedName => "ERR_SSL_TLSV1_UNRECOGNIZED_NAME",
        AlertDescription::BadCertificateStatusResponse => {
            "ERR_SSL_TLSV1_BAD_CERTIFICATE_STATUS_RESPONSE"
        }
        AlertDescription::UnknownPSKIdentity => "ERR_SSL_TLSV1_ALERT_UNKNOWN_PSK_IDENTITY",
        AlertDescription::CertificateRequired => "ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED",
        AlertDescription::NoApplicationProtocol => "ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL",
        _ => "EPROTO",
    }
}

pub(crate) fn alert_text(alert: AlertDescription) -> String {
    let text = match alert {
        AlertDescription::HandshakeFailure => {
            "it can agree to nothing that was offered (alert handshake_failure)"
        }
        AlertDescription::BadCertificate => {
            "it does not accept the certificate (alert bad_certificate)"
        }
        AlertDescription::CertificateRevoked => {
            "the certificate was revoked (alert certificate_revoked)"
        }
        AlertDescription::CertificateExpired => {
            "the certificate has expired (alert certificate_expired)"
        }
        AlertDescription::CertificateUnknown => {
            "it does not accept the certificate (alert certificate_unknown)"
        }
        AlertDescription::UnknownCA => {
            "it does not know who issued the certificate (alert unknown_ca)"
        }
        AlertDescription::ProtocolVersion => {
            "it does not speak this version of TLS (alert protocol_version)"
        }
        AlertDescription::UnrecognisedName => {
            "it serves no host of this name (alert unrecognized_name)"
        }
        AlertDescription::CertificateRequired => {
            "it requires a certificate (alert certificate_required)"
        }
        AlertDescription::NoApplicationProtocol => {
            "it speaks none of the application protocols offered (alert no_application_protocol)"
        }
        other => return format!("alert {}", snake(&format!("{other:?}"))),
    };
    text.to_owned()
}

/// `BadRecordMac` as the RFC writes it, `bad_record_mac`.
fn snake(name: &str) -> String {
    let mut text = String::new();
    for (i, c) in name.chars().enumerate() {
        if c.is_ascii_uppercase() && i > 0 && !text.ends_with('_') {
            text.push('_');
        }
        text.push(c.to_ascii_lowercase());
    }
    text
}
