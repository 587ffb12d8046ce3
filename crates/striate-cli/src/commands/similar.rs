//! `striate similar`.

use serde_json::json;
use striate::core::text::thousands;
use striate::data::{DecodeLimits, Picture};
use striate::{BuiltIndex, Embedder, Error, SimilarIndex};

use super::{model_file, print_json, print_line, say};
use crate::cli::{Similar, SimilarBuild, SimilarQuery};

pub(crate) fn run(args: Similar) -> anyhow::Result<()> {
    match args {
        Similar::Build(args) => build(args),
        Similar::Query(args) => query(args),
    }
}

fn build(args: SimilarBuild) -> anyhow::Result<()> {
    let device = striate::backend::device(&args.backend).map_err(Error::from)?;
    let embedder = Embedder::open(&model_file(args.model, &device)?, args.layer.as_deref(), &device)?;
    let BuiltIndex { index, unreadable, .. } = SimilarIndex::build(&embedder, &args.folder)?;
    index.save(&args.out)?;
    for (path, why) in &unreadable {
        say(format_args!("left out {}: {why}", path.display()));
    }
    let (pictures, numbers, layer) = (index.len(), index.length(), &index.origin().layer);
    if args.json {
        let left_out = unreadable.len();
        return print_json(&json!({"pictures": pictures, "numbers": numbers, "layer": layer, "left_out": left_out}));
    }
    let pictures = thousands(pictures as u64);
    print_line(format_args!("{}: {pictures} pictures by {numbers} numbers of layer {layer:?}", args.out.display()))
}

fn query(args: SimilarQuery) -> anyhow::Result<()> {
    let device = striate::backend::device(&args.backend).map_err(Error::from)?;
    let index = SimilarIndex::open(&args.index)?;
    let embedder = Embedder::of_index(index.origin(), args.model.as_deref(), &device)?;
    let picture = Picture::open(&args.image, DecodeLimits::default()).map_err(Error::from)?;
    let numbers = embedder.embed(&[picture])?.into_iter().flatten().collect::<Vec<_>>();
    let found = index.query(&numbers, args.top)?;
    if args.json {
        return print_json(&found);
    }
    found.iter().try_for_each(|picture| print_line(format_args!("{:.4} {}", picture.similarity, picture.name)))
}
