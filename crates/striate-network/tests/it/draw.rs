use striate_layers::{Activation, Add, Conv2d};
use striate_network::NetworkSpec;

use crate::support::small;

/// Names that mean something in DOT and XML.
const NASTY: &str = "a\"b\\c<d>&\u{1}e";

fn skipping(name: &str) -> NetworkSpec {
    let mut net = NetworkSpec::builder(name);
    let images = net.input("images", [2, 8, 8]);
    let x = net.add(name, Conv2d::new(2, 3).same(), images);
    let x = net.add("relu", Activation::Relu, x);
    let sum = net.add("sum", Add::new(), [x, images]);
    net.output(sum).output(x).build().unwrap()
}

#[test]
fn dot_has_every_node_and_edge_and_marks_the_ends() {
    let dot = skipping("conv").to_dot();
    for part in [
        r#"n0 [label="images\ninput [2, 8, 8]""#,
        r#"n1 [label="conv\nconv2d [2, 8, 8]""#,
        "shape=oval",
        r#"n3 [label="sum\nadd [2, 8, 8] · output 1""#,
        "output 2",
        "n2 -> n3;",
        "n0 -> n3;",
    ] {
        assert!(dot.contains(part), "{dot}\nlacks {part}");
    }
    assert_eq!(dot.matches("->").count(), 4);
    assert_eq!(dot.matches("peripheries=2").count(), 2);
}

#[test]
fn svg_has_every_name_kind_and_shape() {
    let svg = small().to_svg();
    for part in [">conv1<", ">conv2d [4, 5, 4]<", ">pool1<", ">fc<", ">dense [3] · output<"] {
        assert!(svg.contains(part), "{svg}\nlacks {part}");
    }
    // Five boxes, the last with a second border, on a background.
    assert_eq!(svg.matches("<rect").count(), 5 + 1 + 1);
}

#[test]
fn names_are_escaped_in_drawings() {
    let spec = skipping(NASTY);
    let svg = spec.to_svg();
    assert!(svg.contains("a&quot;b\\c&lt;d&gt;&amp; e") && !svg.contains('\u{1}'), "{svg}");
    assert!(spec.to_dot().contains(r#"a\"b\\c<d>& e"#), "{}", spec.to_dot());
}

#[test]
fn network_of_many_long_edges_is_drawn() {
    // Every layer adds the first one: the edges would take 300 * 300 / 2 places.
    let mut net = NetworkSpec::builder("many");
    let images = net.input("images", [1]);
    let last = (0..300).fold(images, |x, number| net.add(format!("sum{number}"), Add::new(), [x, images]));
    let svg = net.output(last).build().unwrap().to_svg();
    assert_eq!(svg.matches("<text").count(), 2 * 301);
}
