//! Whether a line has the shape of an instruction: for those who guess where one was meant.

use crate::project::image::refused;

/// Whether a line is an instruction in capitals with what belongs behind its keyword.
pub fn looks_like_instruction(line: &str) -> bool {
    let line = line.trim();
    let (keyword, rest) = line.split_once([' ', '\t']).unwrap_or((line, ""));
    // Most lines of a text end here.
    if keyword.len() < 3 || !keyword.bytes().all(|b| b.is_ascii_uppercase()) {
        return false;
    }
    let rest = rest.trim();
    let words: Vec<&str> =
        rest.split_whitespace().skip_while(|word| word.starts_with("--")).collect();
    let Some(first) = words.first() else { return false };
    let is_alone = words.len() == 1;
    let is_list = rest.starts_with('[') && rest.ends_with(']');
    match keyword {
        "FROM" => {
            let named = words.len() == 3 && words[1].eq_ignore_ascii_case("as");
            (is_alone || named) && (first.contains('$') || refused(first).is_none())
        }
        "RUN" => {
            rest.starts_with("--")
                || first.starts_with(|c: char| c.is_ascii_lowercase() || "/.$[<".contains(c))
        }
        "COPY" | "ADD" => {
            is_list
                || words.len() >= 2
                    && !words.iter().any(|word| {
                        word.starts_with('-') || word.contains(['&', '|', ';', '(', '>'])
                    })
        }
        "CMD" | "ENTRYPOINT" | "SHELL" => is_list,
        "ENV" => {
            let name = first.split('=').next().unwrap_or_default();
            is_name(name) && (first.contains('=') || words.len() >= 2)
        }
        "ARG" => is_alone && first.split('=').next().is_some_and(is_name),
        "LABEL" => first.contains('=') && !first.starts_with('='),
        "WORKDIR" => is_alone && first.starts_with(['/', '.', '$']),
        "VOLUME" => is_list || first.starts_with('/'),
        "USER" => {
            is_alone
                && first
                    .bytes()
                    .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"_-:$".contains(&b))
        }
        "EXPOSE" => words.iter().all(|word| word.starts_with(|c: char| c.is_ascii_digit())),
        "HEALTHCHECK" => rest == "NONE" || words.contains(&"CMD"),
        "STOPSIGNAL" => is_alone && first.starts_with("SIG"),
        _ => false,
    }
}

fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instructions_are_told_from_words() {
        for (line, want) in [
            ("FROM node:24", true),
            ("FROM ${BASE} AS build", true),
            ("FROM users WHERE id", false),
            ("RUN npm ci", true),
            ("RUN --mount=type=cache,target=/x npm ci", true),
            ("RUN <<EOF", true),
            ("RUN", false),
            ("RUN Away", false),
            ("COPY . /app", true),
            ("  COPY --from=a /a /b", true),
            ("COPY [\"a\", \"b\"]", true),
            ("COPY a", false),
            ("COPY a b && c", false),
            ("COPY a b;", false),
            ("CMD [\"a\"]", true),
            ("CMD a", false),
            ("ENV A=b C=d", true),
            ("ENV A b", true),
            ("ENV A", false),
            ("ENV =", false),
            ("ARG A", true),
            ("ARG A=b", true),
            ("ARG a-b", false),
            ("LABEL a.b=c", true),
            ("WORKDIR /app", true),
            ("WORKDIR app", false),
            ("USER node", true),
            ("USER Root", false),
            ("EXPOSE 80 443/tcp", true),
            ("EXPOSE port", false),
            ("VOLUME /data", true),
            ("HEALTHCHECK --interval=5s CMD curl x", true),
            ("HEALTHCHECK NONE", true),
            ("STOPSIGNAL SIGTERM", true),
            ("copy . /app", false),
            ("COPYING a b", false),
        ] {
            assert_eq!(looks_like_instruction(line), want, "{line}");
        }
    }
}
