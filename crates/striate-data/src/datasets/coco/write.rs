//! Writing COCO's files.

use std::fs;
use std::io::{self, Write as _};
use std::path::Path;

use image::{ExtendedColorType, ImageEncoder};
use rayon::prelude::*;
use serde::Serialize;
use serde_json::{Value, json};
use striate_core::BoxFormat;
use striate_core::file::write_atomically;

use super::Rle;
use crate::{DataError, Dataset, Picture};

/// How much was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct WrittenCoco {
    /// Pictures.
    pub pictures: usize,
    /// Things with a box.
    pub things: usize,
}

/// Pictures that are written at a time: what of them is in memory.
const PART: usize = 256;

/// Writes a data set as COCO has it: each picture as `000000000001.png`, counted from 1, into a folder that is made if it
/// isn't there, and one JSON file of the boxes, with masks as runs where samples have [`instances`](crate::Sample::instances).
/// [`Coco`](super::Coco) reads it. Boxes without a class are left out.
///
/// The annotation file is written last and whole.
///
/// # Errors
/// Those of reading samples, and [`DataError::Write`].
pub fn write_coco(dataset: &dyn Dataset, images: &Path, annotations: &Path) -> Result<WrittenCoco, DataError> {
    let failed = |path: &Path| {
        let path = path.to_owned();
        move |source| DataError::Write { path, source }
    };
    fs::create_dir_all(images).map_err(failed(images))?;
    if let Some(folder) = annotations.parent() {
        fs::create_dir_all(folder).map_err(failed(folder))?;
    }
    let (mut pictures, mut things) = (Vec::new(), Vec::<Value>::new());
    let indices = (0..dataset.len()).collect::<Vec<_>>();
    for part in indices.chunks(PART) {
        let written =
            part.par_iter().map(|&index| write_sample(dataset, index, images)).collect::<Result<Vec<_>, _>>()?;
        for (picture, own) in written {
            pictures.push(picture);
            for mut thing in own {
                thing["id"] = (things.len() + 1).into();
                things.push(thing);
            }
        }
    }
    let names = dataset.class_names().iter().enumerate();
    let categories: Vec<_> = names.map(|(class, name)| json!({"id": class + 1, "name": name})).collect();
    let written = WrittenCoco { pictures: pictures.len(), things: things.len() };
    let document = json!({"images": pictures, "annotations": things, "categories": categories});
    let write =
        |file: &mut io::BufWriter<&mut fs::File>| serde_json::to_writer(file, &document).map_err(io::Error::from);
    write_atomically(annotations, write).map_err(failed(annotations))?;
    Ok(written)
}

/// Writes a picture; gives what the file says of it and of its things.
fn write_sample(dataset: &dyn Dataset, index: usize, images: &Path) -> Result<(Value, Vec<Value>), DataError> {
    let sample = dataset.get(index)?;
    let (id, name) = (index + 1, format!("{:012}.png", index + 1));
    write_png(&sample.image.to_u8(), &images.join(&name))?;
    let size = sample.image.size();
    let [height, width] = size;
    let mut things = Vec::new();
    for (item, edges) in sample.boxes.iter().flat_map(|boxes| boxes.items.iter().zip(boxes.edges(size))) {
        let Some(class) = item.label else { continue };
        let bbox = BoxFormat::Xywh.from_xyxy(edges);
        let mut thing = json!({
            "image_id": id, "category_id": class + 1, "bbox": bbox, "iscrowd": u8::from(item.flags.crowd),
            "area": bbox[2] * bbox[3], "segmentation": [],
        });
        if let (Some(instances), Some(number)) = (&sample.instances, item.instance) {
            let failed = |error| DataError::Sample { index, source: Box::new(error) };
            let runs = Rle::from_mask(&instances.only(number)).map_err(failed)?;
            thing["area"] = runs.area().into();
            thing["segmentation"] = json!({"size": runs.size(), "counts": runs.to_text()});
        }
        things.push(thing);
    }
    Ok((json!({"id": id, "file_name": name, "height": height, "width": width}), things))
}

/// Writes a picture as PNG.
fn write_png(picture: &Picture, path: &Path) -> Result<(), DataError> {
    let color = if picture.channels() == 1 { ExtendedColorType::L8 } else { ExtendedColorType::Rgb8 };
    let [height, width] = picture.size().map(|side| side as u32);
    let mut png = Vec::new();
    let encoded = image::codecs::png::PngEncoder::new(&mut png).write_image(picture.pixels(), width, height, color);
    let written = encoded.map_err(io::Error::other).and_then(|()| fs::File::create(path)?.write_all(&png));
    written.map_err(|source| DataError::Write { path: path.to_owned(), source })
}
