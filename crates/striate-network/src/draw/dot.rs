//! The DOT language.

use std::fmt::Write;

use super::{Drawing, Family};

pub(super) fn write(drawing: &Drawing) -> String {
    let mut text = format!("digraph {} {{\n", quoted(&[&drawing.name]));
    text += "  node [shape=box, style=\"rounded,filled\", fontname=\"Helvetica\"];\n";
    for (number, node) in drawing.nodes.iter().enumerate() {
        let (fill, border) = node.family.colours();
        let shape = if node.family == Family::Input { ", shape=oval" } else { "" };
        let ends = if node.is_output { ", peripheries=2" } else { "" };
        let label = quoted(&[&node.name, &node.detail]);
        // Writing to a string can't fail.
        let _ = writeln!(text, "  n{number} [label={label}, fillcolor=\"{fill}\", color=\"{border}\"{shape}{ends}];");
    }
    for (number, node) in drawing.nodes.iter().enumerate() {
        for input in &node.inputs {
            let _ = writeln!(text, "  n{input} -> n{number};");
        }
    }
    text + "}\n"
}

/// Lines as one quoted string.
fn quoted(lines: &[&str]) -> String {
    let escape = |line: &&str| {
        let printable = line.chars().map(|letter| if letter.is_control() { ' ' } else { letter });
        printable.collect::<String>().replace('\\', "\\\\").replace('"', "\\\"")
    };
    format!("\"{}\"", lines.iter().map(escape).collect::<Vec<_>>().join("\\n"))
}
