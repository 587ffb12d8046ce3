//! A network as a picture: DOT for Graphviz, or SVG without it.

mod dot;
mod layout;
mod svg;

use striate_layers::LayerConfig;

use crate::spec::NetworkSpec;

impl NetworkSpec {
    /// The graph in the DOT language: each node with its name, kind and output shape; inputs are rounded, outputs have a
    /// double border.
    pub fn to_dot(&self) -> String {
        dot::write(&self.drawing())
    }

    /// A drawing in SVG, from the inputs at the top to the outputs at the bottom; it needs no other program.
    ///
    /// Each box has a layer's name, kind and output shape; its colour says the family of layers.
    pub fn to_svg(&self) -> String {
        svg::write(&self.drawing())
    }

    fn drawing(&self) -> Drawing {
        let mut boxes: Vec<_> = (0..self.nodes().len())
            .map(|number| DrawnNode {
                name: self.nodes()[number].name().into(),
                detail: format!("{} {}", self.kind_of(number), self.signature(number)),
                family: self.layer(number).map_or(Family::Input, family),
                is_output: false,
                inputs: self.nodes()[number].inputs().to_vec(),
            })
            .collect();
        for (position, &output) in self.outputs().iter().enumerate() {
            let node = &mut boxes[output];
            node.is_output = true;
            let which = if self.outputs().len() > 1 { format!(" {}", position + 1) } else { String::new() };
            node.detail += &format!(" · output{which}");
        }
        Drawing { name: self.name().into(), nodes: boxes }
    }
}

/// What is drawn.
struct Drawing {
    name: String,
    /// Each after the ones that it takes.
    nodes: Vec<DrawnNode>,
}

struct DrawnNode {
    name: String,
    /// Kind and shape.
    detail: String,
    family: Family,
    is_output: bool,
    inputs: Vec<usize>,
}

/// Layers that share a colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Family {
    Input,
    Convolution,
    Dense,
    Pooling,
    Normalization,
    Activation,
    Merge,
    Other,
}

impl Family {
    /// Fill and border.
    fn colours(self) -> (&'static str, &'static str) {
        match self {
            Self::Input => ("#ffffff", "#475569"),
            Self::Convolution => ("#dbeafe", "#2563eb"),
            Self::Dense => ("#ede9fe", "#7c3aed"),
            Self::Pooling => ("#dcfce7", "#16a34a"),
            Self::Normalization => ("#fef9c3", "#ca8a04"),
            Self::Activation => ("#ffedd5", "#ea580c"),
            Self::Merge => ("#fce7f3", "#db2777"),
            Self::Other => ("#f1f5f9", "#64748b"),
        }
    }
}

fn family(layer: &LayerConfig) -> Family {
    match layer {
        LayerConfig::Dense(_) | LayerConfig::WeightNormDense(_) | LayerConfig::Embedding(_) => Family::Dense,
        LayerConfig::Activation(_) | LayerConfig::Prelu(_) => Family::Activation,
        LayerConfig::Add(_)
        | LayerConfig::Subtract(_)
        | LayerConfig::Multiply(_)
        | LayerConfig::Average(_)
        | LayerConfig::Maximum(_)
        | LayerConfig::Minimum(_)
        | LayerConfig::Concatenate(_)
        | LayerConfig::Dot(_) => Family::Merge,
        // The other families have a layer for each number of directions; their names say it.
        layer => match layer.kind() {
            kind if kind.contains("conv") || kind.contains("connected") => Family::Convolution,
            kind if kind.contains("pool") || kind.contains("subsampling") => Family::Pooling,
            kind if kind.contains("norm") => Family::Normalization,
            _ => Family::Other,
        },
    }
}
