//! Token formats that can be told from their shape, as data.
//!
//! A row is a literal that starts (or marks) the token, what stands around it, and the check that
//! can be done offline. To add a provider: one row.

/// A set of characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Alphabet {
    /// `0-9`
    Digits,
    /// `0-9a-f`
    Hex,
    /// `0-9a-fA-F`
    AnyHex,
    /// `0-9a-z`
    Lower,
    /// `0-9A-Z`
    Upper,
    /// `0-9A-Za-z`
    Alnum,
    /// `0-9A-Za-z_-`
    Url,
    /// `0-9A-Za-z_.-`
    Dotted,
    /// `0-9A-Za-z+/=`
    Base64,
    /// `0-9A-Za-z+/=%_-`: base64 as it stands in a URL
    Escaped,
    /// `0-9A-Za-z_.~-`
    Tilde,
}

impl Alphabet {
    /// Whether `byte` belongs to it.
    pub(super) const fn has(self, byte: u8) -> bool {
        match self {
            Self::Digits => byte.is_ascii_digit(),
            Self::Hex => matches!(byte, b'0'..=b'9' | b'a'..=b'f'),
            Self::AnyHex => byte.is_ascii_hexdigit(),
            Self::Lower => matches!(byte, b'0'..=b'9' | b'a'..=b'z'),
            Self::Upper => matches!(byte, b'0'..=b'9' | b'A'..=b'Z'),
            Self::Alnum => byte.is_ascii_alphanumeric(),
            Self::Url => byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'),
            Self::Dotted => byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.'),
            Self::Base64 => byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'='),
            Self::Escaped => {
                byte.is_ascii_alphanumeric()
                    || matches!(byte, b'+' | b'/' | b'=' | b'%' | b'_' | b'-')
            }
            Self::Tilde => {
                byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b'~')
            }
        }
    }
}

/// One part of what follows the literal.
#[derive(Clone, Copy, Debug)]
pub(super) enum Part {
    /// Between so many and so many characters.
    Run(Alphabet, usize, usize),
    /// A fixed text.
    Lit(&'static str),
}

/// What can be verified without asking the provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Check {
    /// Nothing but that the text is not a placeholder.
    Shape,
    /// The last six characters are the base62 CRC-32 of the ones before.
    Base62Crc,
    /// The last eight characters are the CRC-32 of the ones before, in hexadecimal.
    HexCrc,
    /// Atlassian: the last eight are the CRC-32 of what stands before.
    AtlassianCrc,
    /// Grafana: the last eight are the little-endian CRC-32 of what stands before the `_`.
    GrafanaCrc,
    /// GitLab: the last seven are the base36 CRC-32 of what stands before.
    GitlabCrc,
    /// The text stands somewhere in the token.
    Contains(&'static str),
    /// The rest is a JSON web token.
    Jwt,
    /// The token as a whole is base64 and decodes to so many bytes.
    Decodes(usize),
    /// The query it belongs to also has this parameter.
    SameQuery(&'static str),
    /// Letters and digits both occur: for short literals that words start with too.
    Mixed,
}

/// How much a hit of the row says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Worth {
    /// A credential.
    Secret,
    /// A credential of a test environment.
    Test,
    /// Half of a pair: worth hiding, nothing alone.
    Half,
}

/// One token format.
#[derive(Debug)]
pub(super) struct Detector {
    /// Kebab-case name.
    pub(super) id: &'static str,
    /// For messages: "GitHub token".
    pub(super) what: &'static str,
    /// The literal.
    pub(super) literal: &'static str,
    /// What must stand directly before the literal and belongs to the token.
    pub(super) before: Option<(Alphabet, usize, usize)>,
    /// What follows.
    pub(super) shape: &'static [Part],
    /// What is verified.
    pub(super) check: Check,
    /// What it is worth.
    pub(super) worth: Worth,
}

impl Detector {
    /// How long a token is at least, from its literal on.
    pub(super) const fn min_len(&self) -> usize {
        let mut len = self.literal.len();
        let mut at = 0;
        while at < self.shape.len() {
            len += match self.shape[at] {
                Run(_, min, _) => min,
                Lit(text) => text.len(),
            };
            at += 1;
        }
        len
    }
}

use Alphabet::{Alnum, AnyHex, Base64, Digits, Dotted, Escaped, Hex, Lower, Tilde, Upper, Url};
use Part::{Lit, Run};

const fn row(
    id: &'static str,
    what: &'static str,
    literal: &'static str,
    shape: &'static [Part],
    check: Check,
) -> Detector {
    Detector { id, what, literal, before: None, shape, check, worth: Worth::Secret }
}

const fn anchored(
    id: &'static str,
    what: &'static str,
    before: (Alphabet, usize, usize),
    literal: &'static str,
    shape: &'static [Part],
) -> Detector {
    Detector {
        id,
        what,
        literal,
        before: Some(before),
        shape,
        check: Check::Mixed,
        worth: Worth::Secret,
    }
}

const fn worth(mut row: Detector, worth: Worth) -> Detector {
    row.worth = worth;
    row
}

/// Every format. Rows that share a literal are tried in order; the first that fits wins.
pub(super) static DETECTORS: &[Detector] = &[
    // sandboxes
    row("blaxel-key", "Blaxel API key", "bl_", &[Run(Lower, 20, 64)], Check::Mixed),
    row(
        "blaxel-preview-token",
        "Blaxel preview token",
        "bl_preview_token=",
        &[Run(Dotted, 16, 2000)],
        Check::Mixed,
    ),
    row("e2b-key", "E2B API key", "e2b_", &[Run(Hex, 40, 40)], Check::Shape),
    row("daytona-key", "Daytona API key", "dtn_", &[Run(Hex, 64, 64)], Check::Shape),
    // code hosts
    row("github-token", "GitHub token", "ghp_", &[Run(Alnum, 36, 36)], Check::Base62Crc),
    row("github-token", "GitHub OAuth token", "gho_", &[Run(Alnum, 36, 36)], Check::Base62Crc),
    row("github-token", "GitHub user token", "ghu_", &[Run(Alnum, 36, 36)], Check::Base62Crc),
    row("github-token", "GitHub refresh token", "ghr_", &[Run(Alnum, 36, 76)], Check::Base62Crc),
    row(
        "github-token",
        "GitHub installation token",
        "ghs_",
        &[Run(Alnum, 36, 36)],
        Check::Base62Crc,
    ),
    row(
        "github-token",
        "GitHub installation token",
        "ghs_",
        &[Run(Digits, 1, 12), Lit("_"), Run(Dotted, 60, 2000)],
        Check::Jwt,
    ),
    row(
        "github-token",
        "GitHub fine-grained token",
        "github_pat_",
        &[Run(Alnum, 22, 22), Lit("_"), Run(Alnum, 59, 59)],
        Check::Shape,
    ),
    row(
        "gitlab-token",
        "GitLab token",
        "glpat-",
        &[Run(Url, 27, 300), Lit("."), Run(Lower, 2, 2), Lit("."), Run(Lower, 9, 9)],
        Check::GitlabCrc,
    ),
    row("gitlab-token", "GitLab token", "glpat-", &[Run(Url, 20, 20)], Check::Shape),
    row("gitlab-token", "GitLab deploy token", "gldt-", &[Run(Url, 20, 64)], Check::Shape),
    row("gitlab-token", "GitLab runner token", "glrt-", &[Run(Dotted, 20, 300)], Check::Shape),
    row("gitlab-token", "GitLab job token", "glcbt-", &[Run(Url, 20, 64)], Check::Shape),
    row("gitlab-token", "GitLab trigger token", "glptt-", &[Run(Hex, 40, 40)], Check::Shape),
    row("gitlab-token", "GitLab feed token", "glft-", &[Run(Url, 20, 64)], Check::Shape),
    row("gitlab-token", "GitLab mail token", "glimt-", &[Run(Url, 25, 64)], Check::Shape),
    row("gitlab-token", "GitLab agent token", "glagent-", &[Run(Url, 50, 64)], Check::Shape),
    row("gitlab-token", "GitLab OAuth secret", "gloas-", &[Run(Url, 64, 64)], Check::Shape),
    row("gitlab-token", "GitLab SCIM token", "glsoat-", &[Run(Url, 20, 64)], Check::Shape),
    row("gitlab-token", "GitLab feature flag token", "glffct-", &[Run(Url, 20, 64)], Check::Shape),
    row(
        "gitlab-token",
        "GitLab runner registration token",
        "GR1348941",
        &[Run(Url, 20, 20)],
        Check::Shape,
    ),
    row("bitbucket-token", "Bitbucket app password", "ATBB", &[Run(Alnum, 32, 32)], Check::Mixed),
    row(
        "atlassian-token",
        "Atlassian API token",
        "ATATT3",
        &[Run(Url, 60, 300), Lit("="), Run(AnyHex, 8, 8)],
        Check::AtlassianCrc,
    ),
    row("bitbucket-token", "Bitbucket access token", "BBDC-", &[Run(Base64, 40, 60)], Check::Shape),
    // clouds
    worth(
        row("aws-key-id", "AWS key id", "AKIA", &[Run(Upper, 16, 16)], Check::Mixed),
        Worth::Half,
    ),
    worth(
        row("aws-key-id", "AWS key id", "ASIA", &[Run(Upper, 16, 16)], Check::Mixed),
        Worth::Half,
    ),
    row("aws-bedrock-key", "AWS Bedrock key", "ABSK", &[Run(Base64, 109, 269)], Check::Shape),
    row(
        "aws-bedrock-key",
        "AWS Bedrock key",
        "bedrock-api-key-",
        &[Run(Base64, 40, 4000)],
        Check::Shape,
    ),
    row(
        "aws-signature",
        "presigned AWS URL",
        "X-Amz-Signature=",
        &[Run(AnyHex, 64, 64)],
        Check::Shape,
    ),
    row("google-key", "Google API key", "AIza", &[Run(Url, 35, 35)], Check::Mixed),
    row("google-key", "Google API key", "AQ.Ab8RN6", &[Run(Url, 40, 50)], Check::Shape),
    row("google-oauth", "Google OAuth secret", "GOCSPX-", &[Run(Url, 28, 28)], Check::Shape),
    row("google-oauth", "Google OAuth token", "ya29.", &[Run(Url, 40, 2000)], Check::Mixed),
    row("google-oauth", "Google refresh token", "1//0", &[Run(Url, 40, 200)], Check::Mixed),
    row(
        "azure-storage-key",
        "Azure storage key",
        "AccountKey=",
        &[Run(Base64, 88, 88)],
        Check::Decodes(64),
    ),
    anchored(
        "azure-client-secret",
        "Azure client secret",
        (Tilde, 4, 4),
        "Q~",
        &[Run(Tilde, 31, 34)],
    ),
    row(
        "azure-sas",
        "Azure shared access signature",
        "sig=",
        &[Run(Escaped, 43, 64)],
        Check::SameQuery("sv="),
    ),
    row("digitalocean-token", "DigitalOcean token", "dop_v1_", &[Run(Hex, 64, 64)], Check::Shape),
    row(
        "digitalocean-token",
        "DigitalOcean OAuth token",
        "doo_v1_",
        &[Run(Hex, 64, 64)],
        Check::Shape,
    ),
    row(
        "digitalocean-token",
        "DigitalOcean refresh token",
        "dor_v1_",
        &[Run(Hex, 64, 64)],
        Check::Shape,
    ),
    row("cloudflare-token", "Cloudflare token", "cfut_", &[Run(Alnum, 48, 48)], Check::HexCrc),
    row("cloudflare-token", "Cloudflare token", "cfat_", &[Run(Alnum, 48, 48)], Check::HexCrc),
    row("cloudflare-token", "Cloudflare key", "cfk_", &[Run(Alnum, 48, 48)], Check::HexCrc),
    row(
        "cloudflare-token",
        "Cloudflare origin CA key",
        "v1.0-",
        &[Run(Hex, 24, 24), Lit("-"), Run(Hex, 146, 146)],
        Check::Shape,
    ),
    row("tailscale-key", "Tailscale key", "tskey-", &[Run(Url, 20, 100)], Check::Mixed),
    row("vercel-token", "Vercel token", "vcp_", &[Run(Url, 56, 56)], Check::Shape),
    row("vercel-token", "Vercel token", "vci_", &[Run(Url, 56, 56)], Check::Shape),
    row("vercel-token", "Vercel token", "vca_", &[Run(Url, 56, 56)], Check::Shape),
    row("vercel-token", "Vercel token", "vcr_", &[Run(Url, 56, 56)], Check::Shape),
    row("vercel-token", "Vercel key", "vck_", &[Run(Url, 56, 56)], Check::Shape),
    row("netlify-token", "Netlify token", "nfp_", &[Run(Alnum, 36, 40)], Check::Mixed),
    row("render-key", "Render API key", "rnd_", &[Run(Alnum, 28, 32)], Check::Mixed),
    row("fly-token", "Fly token", "fm2_", &[Run(Base64, 100, 4000)], Check::Shape),
    row("fly-token", "Fly token", "fo1_", &[Run(Url, 43, 43)], Check::Shape),
    row("heroku-key", "Heroku API key", "HRKU-AA", &[Run(Url, 58, 58)], Check::Shape),
    row("supabase-key", "Supabase secret key", "sb_secret_", &[Run(Url, 31, 31)], Check::Shape),
    row("supabase-key", "Supabase access token", "sbp_", &[Run(Hex, 40, 40)], Check::Shape),
    row("neon-key", "Neon API key", "napi_", &[Run(Alnum, 64, 64)], Check::Shape),
    row(
        "planetscale-token",
        "PlanetScale token",
        "pscale_tkn_",
        &[Run(Tilde, 32, 64)],
        Check::Shape,
    ),
    row(
        "planetscale-token",
        "PlanetScale password",
        "pscale_pw_",
        &[Run(Tilde, 32, 64)],
        Check::Shape,
    ),
    row(
        "planetscale-token",
        "PlanetScale OAuth token",
        "pscale_oauth_",
        &[Run(Tilde, 32, 64)],
        Check::Shape,
    ),
    row("mongodb-key", "MongoDB Atlas secret", "mdb_sa_sk_", &[Run(Url, 40, 40)], Check::Shape),
    row("databricks-token", "Databricks token", "dapi", &[Run(Hex, 32, 32)], Check::Mixed),
    // package registries
    row("npm-token", "npm token", "npm_", &[Run(Alnum, 36, 36)], Check::Base62Crc),
    row("pypi-token", "PyPI token", "pypi-AgEIcHlwaS5vcmc", &[Run(Url, 50, 1000)], Check::Shape),
    row(
        "pypi-token",
        "TestPyPI token",
        "pypi-AgENdGVzdC5weXBpLm9yZw",
        &[Run(Url, 50, 1000)],
        Check::Shape,
    ),
    row("rubygems-key", "RubyGems key", "rubygems_", &[Run(Hex, 48, 48)], Check::Shape),
    row("cargo-token", "Rust registry token", "cio", &[Run(Alnum, 32, 32)], Check::Mixed),
    row("clojars-token", "Clojars token", "CLOJARS_", &[Run(Lower, 60, 60)], Check::Shape),
    row("packagist-token", "Packagist token", "packagist_ort_", &[Run(Hex, 68, 68)], Check::Shape),
    row("packagist-token", "Packagist token", "packagist_out_", &[Run(Hex, 68, 68)], Check::Shape),
    row("packagist-token", "Packagist token", "packagist_uut_", &[Run(Hex, 68, 68)], Check::Shape),
    row("nuget-key", "NuGet key", "oy2", &[Run(Lower, 43, 43)], Check::Mixed),
    row("docker-token", "Docker Hub token", "dckr_pat_", &[Run(Url, 27, 27)], Check::Shape),
    row("docker-token", "Docker Hub token", "dckr_oat_", &[Run(Url, 32, 32)], Check::Shape),
    row("swarm-token", "Docker Swarm join token", "SWMTKN-1-", &[Run(Url, 60, 90)], Check::Shape),
    // models
    row("anthropic-key", "Anthropic API key", "sk-ant-api03-", &[Run(Url, 80, 120)], Check::Shape),
    row(
        "anthropic-key",
        "Anthropic admin key",
        "sk-ant-admin01-",
        &[Run(Url, 80, 120)],
        Check::Shape,
    ),
    row(
        "anthropic-key",
        "Anthropic OAuth token",
        "sk-ant-oat01-",
        &[Run(Url, 60, 160)],
        Check::Shape,
    ),
    row(
        "anthropic-key",
        "Anthropic refresh token",
        "sk-ant-ort01-",
        &[Run(Url, 60, 160)],
        Check::Shape,
    ),
    row(
        "openai-key",
        "OpenAI API key",
        "sk-proj-",
        &[Run(Url, 40, 220)],
        Check::Contains("T3BlbkFJ"),
    ),
    row(
        "openai-key",
        "OpenAI API key",
        "sk-svcacct-",
        &[Run(Url, 40, 220)],
        Check::Contains("T3BlbkFJ"),
    ),
    row(
        "openai-key",
        "OpenAI admin key",
        "sk-admin-",
        &[Run(Url, 40, 220)],
        Check::Contains("T3BlbkFJ"),
    ),
    row("openrouter-key", "OpenRouter key", "sk-or-v1-", &[Run(Hex, 64, 64)], Check::Shape),
    row("openai-key", "OpenAI API key", "sk-", &[Run(Alnum, 48, 48)], Check::Contains("T3BlbkFJ")),
    row("deepseek-key", "DeepSeek API key", "sk-", &[Run(Hex, 32, 32)], Check::Mixed),
    row("groq-key", "Groq API key", "gsk_", &[Run(Alnum, 52, 52)], Check::Shape),
    row("xai-key", "xAI API key", "xai-", &[Run(Alnum, 70, 120)], Check::Mixed),
    row("perplexity-key", "Perplexity API key", "pplx-", &[Run(Alnum, 48, 56)], Check::Mixed),
    row("replicate-token", "Replicate token", "r8_", &[Run(Alnum, 37, 37)], Check::Mixed),
    row("huggingface-token", "Hugging Face token", "hf_", &[Run(Alnum, 34, 34)], Check::Shape),
    row(
        "huggingface-token",
        "Hugging Face organisation token",
        "api_org_",
        &[Run(Alnum, 34, 34)],
        Check::Shape,
    ),
    row("nvidia-key", "NVIDIA API key", "nvapi-", &[Run(Url, 60, 70)], Check::Shape),
    row("together-key", "Together API key", "tgp_v1_", &[Run(Url, 43, 43)], Check::Shape),
    row("cerebras-key", "Cerebras API key", "csk-", &[Run(Lower, 48, 48)], Check::Mixed),
    row("pinecone-key", "Pinecone API key", "pcsk_", &[Run(Url, 40, 90)], Check::Mixed),
    row("wandb-key", "Weights & Biases key", "wandb_v1_", &[Run(Url, 60, 80)], Check::Shape),
    row(
        "langsmith-key",
        "LangSmith key",
        "lsv2_pt_",
        &[Run(Hex, 32, 32), Lit("_"), Run(Hex, 10, 10)],
        Check::Shape,
    ),
    row(
        "langsmith-key",
        "LangSmith key",
        "lsv2_sk_",
        &[Run(Hex, 32, 32), Lit("_"), Run(Hex, 10, 10)],
        Check::Shape,
    ),
    row("runpod-key", "RunPod key", "rpa_", &[Run(Upper, 30, 46)], Check::Mixed),
    row("elevenlabs-key", "ElevenLabs key", "sk_", &[Run(Hex, 48, 48)], Check::Mixed),
    // chat and mail
    row(
        "slack-token",
        "Slack bot token",
        "xoxb-",
        &[Run(Digits, 9, 14), Lit("-"), Run(Url, 20, 80)],
        Check::Mixed,
    ),
    row(
        "slack-token",
        "Slack user token",
        "xoxp-",
        &[Run(Digits, 9, 14), Lit("-"), Run(Url, 20, 120)],
        Check::Mixed,
    ),
    row("slack-token", "Slack token", "xoxa-", &[Run(Url, 20, 120)], Check::Mixed),
    row("slack-token", "Slack refresh token", "xoxr-", &[Run(Url, 20, 120)], Check::Mixed),
    row("slack-token", "Slack session token", "xoxs-", &[Run(Url, 20, 120)], Check::Mixed),
    row("slack-token", "Slack session token", "xoxc-", &[Run(Url, 20, 160)], Check::Mixed),
    row(
        "slack-token",
        "Slack configuration token",
        "xoxe.xoxp-1-",
        &[Run(Url, 140, 180)],
        Check::Shape,
    ),
    row("slack-token", "Slack app token", "xapp-1-", &[Run(Url, 60, 140)], Check::Mixed),
    row(
        "slack-webhook",
        "Slack webhook",
        "hooks.slack.com/services/",
        &[Lit("T"), Run(Alnum, 7, 12), Lit("/B"), Run(Alnum, 7, 12), Lit("/"), Run(Alnum, 24, 24)],
        Check::Shape,
    ),
    row(
        "discord-webhook",
        "Discord webhook",
        "discord.com/api/webhooks/",
        &[Run(Digits, 17, 20), Lit("/"), Run(Url, 60, 80)],
        Check::Shape,
    ),
    row(
        "teams-webhook",
        "Teams webhook",
        "webhook.office.com/webhookb2/",
        &[Run(Url, 36, 36), Lit("@")],
        Check::Mixed,
    ),
    anchored("telegram-token", "Telegram bot token", (Digits, 8, 10), ":AA", &[Run(Url, 33, 33)]),
    row(
        "sendgrid-key",
        "SendGrid key",
        "SG.",
        &[Run(Url, 22, 22), Lit("."), Run(Url, 43, 43)],
        Check::Shape,
    ),
    row("mailgun-key", "Mailgun key", "key-", &[Run(Hex, 32, 32)], Check::Mixed),
    row(
        "resend-key",
        "Resend key",
        "re_",
        &[Run(Alnum, 8, 8), Lit("_"), Run(Alnum, 24, 24)],
        Check::Mixed,
    ),
    row(
        "brevo-key",
        "Brevo key",
        "xkeysib-",
        &[Run(Hex, 64, 64), Lit("-"), Run(Alnum, 16, 16)],
        Check::Shape,
    ),
    // payment and commerce
    row("stripe-key", "Stripe secret key", "sk_live_", &[Run(Alnum, 24, 120)], Check::Mixed),
    row("stripe-key", "Stripe restricted key", "rk_live_", &[Run(Alnum, 24, 120)], Check::Mixed),
    worth(
        row("stripe-key", "Stripe test key", "sk_test_", &[Run(Alnum, 24, 120)], Check::Mixed),
        Worth::Test,
    ),
    worth(
        row("stripe-key", "Stripe test key", "rk_test_", &[Run(Alnum, 24, 120)], Check::Mixed),
        Worth::Test,
    ),
    row("stripe-webhook", "Stripe webhook secret", "whsec_", &[Run(Base64, 32, 64)], Check::Mixed),
    row("shopify-token", "Shopify token", "shpat_", &[Run(AnyHex, 32, 32)], Check::Mixed),
    row("shopify-token", "Shopify token", "shpca_", &[Run(AnyHex, 32, 32)], Check::Mixed),
    row("shopify-token", "Shopify token", "shppa_", &[Run(AnyHex, 32, 32)], Check::Mixed),
    row("shopify-token", "Shopify secret", "shpss_", &[Run(AnyHex, 32, 32)], Check::Mixed),
    row("square-token", "Square token", "EAAA", &[Run(Url, 60, 60)], Check::Mixed),
    row("square-token", "Square token", "sq0atp-", &[Run(Url, 22, 22)], Check::Mixed),
    row("square-token", "Square secret", "sq0csp-", &[Run(Url, 43, 43)], Check::Mixed),
    row("plaid-token", "Plaid token", "access-live-", &[Run(Url, 36, 36)], Check::Mixed),
    row("easypost-key", "EasyPost key", "EZAK", &[Run(Alnum, 54, 54)], Check::Mixed),
    // developer tools
    row("linear-key", "Linear API key", "lin_api_", &[Run(Alnum, 40, 40)], Check::Mixed),
    row(
        "notion-token",
        "Notion token",
        "ntn_",
        &[Run(Digits, 11, 11), Run(Alnum, 35, 35)],
        Check::Mixed,
    ),
    row("notion-token", "Notion token", "secret_", &[Run(Alnum, 43, 43)], Check::Mixed),
    row("figma-token", "Figma token", "figd_", &[Run(Url, 40, 44)], Check::Mixed),
    row(
        "airtable-token",
        "Airtable token",
        "pat",
        &[Run(Alnum, 14, 14), Lit("."), Run(Hex, 64, 64)],
        Check::Mixed,
    ),
    row(
        "postman-key",
        "Postman key",
        "PMAK-",
        &[Run(Hex, 24, 24), Lit("-"), Run(Hex, 34, 34)],
        Check::Shape,
    ),
    row("sourcegraph-token", "Sourcegraph token", "sgp_", &[Run(Url, 40, 90)], Check::Mixed),
    row(
        "circleci-token",
        "CircleCI token",
        "CCIPAT_",
        &[Run(Alnum, 22, 22), Lit("_"), Run(Hex, 40, 40)],
        Check::Shape,
    ),
    row("buildkite-token", "Buildkite token", "bkua_", &[Run(Lower, 40, 40)], Check::Mixed),
    row("typeform-token", "Typeform token", "tfp_", &[Run(Url, 59, 59)], Check::Mixed),
    row("posthog-key", "PostHog personal key", "phx_", &[Run(Url, 43, 47)], Check::Mixed),
    row(
        "grafana-token",
        "Grafana service account token",
        "glsa_",
        &[Run(Alnum, 32, 32), Lit("_"), Run(AnyHex, 8, 8)],
        Check::GrafanaCrc,
    ),
    row("grafana-token", "Grafana Cloud token", "glc_eyJ", &[Run(Base64, 40, 400)], Check::Shape),
    row("sentry-token", "Sentry user token", "sntryu_", &[Run(Hex, 64, 64)], Check::Shape),
    row(
        "sentry-token",
        "Sentry organisation token",
        "sntrys_eyJ",
        &[Run(Escaped, 60, 400)],
        Check::Shape,
    ),
    row("newrelic-key", "New Relic key", "NRAK-", &[Run(Upper, 27, 27)], Check::Mixed),
    row(
        "dynatrace-token",
        "Dynatrace token",
        "dt0c01.",
        &[Run(Upper, 24, 24), Lit("."), Run(Upper, 64, 64)],
        Check::Shape,
    ),
    // secrets managers
    row("vault-token", "Vault token", "hvs.", &[Run(Url, 90, 300)], Check::Mixed),
    row("vault-token", "Vault service token", "hvs.", &[Run(Alnum, 24, 24)], Check::Mixed),
    row("vault-token", "Vault batch token", "hvb.", &[Run(Url, 90, 400)], Check::Mixed),
    row("doppler-token", "Doppler token", "dp.pt.", &[Run(Alnum, 40, 44)], Check::Mixed),
    row("doppler-token", "Doppler token", "dp.st.", &[Run(Dotted, 40, 80)], Check::Mixed),
    row(
        "1password-token",
        "1Password service account token",
        "ops_eyJ",
        &[Run(Base64, 200, 2000)],
        Check::Shape,
    ),
    row("age-key", "age secret key", "AGE-SECRET-KEY-1", &[Run(Upper, 58, 58)], Check::Shape),
    row("pulumi-token", "Pulumi token", "pul-", &[Run(Hex, 40, 40)], Check::Mixed),
    anchored(
        "terraform-token",
        "Terraform Cloud token",
        (Alnum, 14, 14),
        ".atlasv1.",
        &[Run(Url, 60, 80)],
    ),
];
