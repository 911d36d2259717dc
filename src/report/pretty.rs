//! The layout of JSON documents: that of `serde_json`'s own, which writes each step of the indentation by itself.

use std::io::{self, Write};

use serde_json::ser::Formatter;

/// What a line begins with: the comma behind the value before it, its end, and the indentation of so many levels.
const BEGIN: &str = ",\n                                                                ";
const INDENT: usize = 2;

/// Two spaces a level, a line for each value.
#[derive(Debug, Default)]
pub(super) struct Pretty {
    depth: usize,
    /// Whether the array or object that ends next holds anything.
    filled: bool,
}

impl Pretty {
    fn line<W: ?Sized + Write>(&self, out: &mut W, first: bool) -> io::Result<()> {
        let spaces = self.depth * INDENT;
        let most = BEGIN.len() - 2;
        out.write_all(&BEGIN.as_bytes()[usize::from(first)..2 + spaces.min(most)])?;
        for _ in most..spaces {
            out.write_all(b" ")?;
        }
        Ok(())
    }

    fn begin<W: ?Sized + Write>(&mut self, out: &mut W, bracket: &[u8]) -> io::Result<()> {
        self.depth += 1;
        self.filled = false;
        out.write_all(bracket)
    }

    fn end<W: ?Sized + Write>(&mut self, out: &mut W, bracket: &[u8]) -> io::Result<()> {
        self.depth -= 1;
        if self.filled {
            self.line(out, true)?;
        }
        out.write_all(bracket)
    }
}

impl Formatter for Pretty {
    fn begin_array<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.begin(out, b"[")
    }

    fn end_array<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.end(out, b"]")
    }

    fn begin_array_value<W: ?Sized + Write>(&mut self, out: &mut W, first: bool) -> io::Result<()> {
        self.line(out, first)
    }

    fn end_array_value<W: ?Sized + Write>(&mut self, _: &mut W) -> io::Result<()> {
        self.filled = true;
        Ok(())
    }

    fn begin_object<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.begin(out, b"{")
    }

    fn end_object<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.end(out, b"}")
    }

    fn begin_object_key<W: ?Sized + Write>(&mut self, out: &mut W, first: bool) -> io::Result<()> {
        self.line(out, first)
    }

    fn begin_object_value<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        out.write_all(b": ")
    }

    fn end_object_value<W: ?Sized + Write>(&mut self, _: &mut W) -> io::Result<()> {
        self.filled = true;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use serde::Serialize as _;
    use serde_json::json;

    use super::Pretty;

    #[test]
    fn documents_look_as_those_of_the_library() {
        let deep = (0..40).fold(json!([]), |inner, _| json!({ "inner": [inner, {}, 1] }));
        for value in [json!(null), json!({ "a": [], "b": {}, "c": [{ "d": "e" }, [1, [2]]] }), deep]
        {
            let mut own = Vec::new();
            let mut serializer =
                serde_json::Serializer::with_formatter(&mut own, Pretty::default());
            value.serialize(&mut serializer).unwrap();
            assert_eq!(String::from_utf8(own).unwrap(), format!("{value:#}"));
        }
    }
}
