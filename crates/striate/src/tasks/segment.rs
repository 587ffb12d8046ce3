//! A class for each px, and single things.

use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};
use striate_core::{ClassNames, Stream};
use striate_data::transforms::{RandomCrop, Targets};
use striate_data::{Batch, DataError, Dataset, MaskKind, Picture, Purpose, Sample, Transform};
use striate_layers::losses::{LossSpec as _, SegmentationLoss};
use striate_models::tasks::TaskError;
use striate_models::tasks::segment::{Maps, Outline, ThingCounts, Things, VOID, Watershed, overlay};
use striate_network::NetworkSpec;
use striate_train::metrics::{ClassAccuracy, ForegroundIou, MeanIou};
use striate_train::{Evaluation, Head, Target};

use crate::task_predictor::{Answer, TaskPredictor};
use crate::{DataSource, Error};

/// How a network learns a class for each px.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SegmentOptions {
    /// What is made small.
    pub loss: SegmentLoss,
    /// Factor of each class's cross-entropy, at least 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub class_weight: Option<Vec<f64>>,
    /// Random crops of the network's input size from each picture in an epoch, at the pictures' own scale; what is evaluated
    /// and predicted then goes tile by tile. None: whole pictures are resized to the input.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub crops: Option<usize>,
    /// Single things: the network learns background, inside and border, and a watershed makes things of them. Data needs masks
    /// of instances.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub instances: Option<Outline>,
    /// How things are made of what the network gives.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub watershed: Option<Watershed>,
}

/// What is made small in segmentation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum SegmentLoss {
    /// The cross-entropy of each px.
    #[default]
    CrossEntropy,
    /// What each class's mask lacks of a full overlap.
    Dice,
    /// The sum of the two.
    Both,
}

/// What the loss of an auxiliary head counts, as in torchvision's reference training.
const AUXILIARY_WEIGHT: f64 = 0.5;

/// The most classes whose IoU is told one by one.
const TOLD_CLASSES: usize = 32;

impl SegmentOptions {
    pub(super) fn validate(&self) -> Result<(), Error> {
        check_crops(self.crops)?;
        if let Some(outline) = self.instances {
            // A px is enough to tell whether the border's width serves.
            outline.target(&[0], [1, 1])?;
        }
        if let Some(watershed) = &self.watershed {
            if self.instances.is_none() {
                let rule = "it is for single things; set `segment.instances` too";
                return Err(Error::Option { option: "segment.watershed", value: "set".into(), rule });
            }
            watershed.things(&Maps::of_mask(&[0], Outline::CLASSES, [1, 1])?)?;
        }
        Ok(self.loss().validate().map_err(striate_train::TrainError::from)?)
    }

    pub(super) fn purpose(&self, source: &DataSource) -> Result<Purpose, Error> {
        match (source, self.instances.is_some()) {
            (DataSource::Pairs(.., MaskKind::Instances), true) => Ok(Purpose::Any),
            (DataSource::Pairs(.., MaskKind::Instances), false) => Err(Error::Option {
                option: "data",
                value: source.to_string(),
                rule: "it has single things; set `segment.instances` to tell them apart",
            }),
            (DataSource::Pairs(..), true) => Err(Error::Option {
                option: "segment.instances",
                value: "set".into(),
                rule: "masks of classes have no single things; take pairs:IMAGES,MASKS,instances, voc or coco",
            }),
            _ => Ok(Purpose::Segmentation),
        }
    }

    fn loss(&self) -> SegmentationLoss {
        let [cross_entropy, dice] = match self.loss {
            SegmentLoss::CrossEntropy => [1.0, 0.0],
            SegmentLoss::Dice => [0.0, 1.0],
            SegmentLoss::Both => [1.0, 1.0],
        };
        SegmentationLoss { cross_entropy, dice, class_weight: self.class_weight.clone(), ..SegmentationLoss::new() }
    }

    pub(super) fn heads(&self, spec: &NetworkSpec, classes: &ClassNames) -> Result<Vec<Head>, Error> {
        check_maps(spec, classes.len())?;
        if let Some(weights) = self.class_weight.as_ref().filter(|weights| weights.len() != classes.len()) {
            return Err(Error::ClassWeights { weights: weights.len(), classes: classes.len() });
        }
        let head = Head::new(Target::Mask, self.loss());
        let ignore_index = Some(VOID.into());
        let mean_iou = MeanIou { ignore_index, per_class: classes.len() <= TOLD_CLASSES, ..MeanIou::default() };
        let first = head
            .clone()
            .with_metric(mean_iou)
            .with_metric(ForegroundIou { ignore_index, ..ForegroundIou::default() })
            .with_metric(ClassAccuracy { ignore_index, ..ClassAccuracy::default() });
        let auxiliary = std::iter::repeat_n(head.with_weight(AUXILIARY_WEIGHT), spec.outputs().len() - 1);
        Ok(std::iter::once(first).chain(auxiliary).collect())
    }

    /// The answer to a picture from what the network gives.
    pub(crate) fn answer(&self, predictor: &TaskPredictor, picture: &Picture) -> Result<MaskAnswer, Error> {
        let maps = predictor.maps(picture)?;
        let classes = predictor.classes().clone();
        match self.instances {
            None => {
                let mask = predictor.on_picture(maps, picture, VOID, |maps| Ok(maps.mask()))?;
                Ok(MaskAnswer { size: picture.size(), mask, classes, things: None })
            }
            Some(_) => {
                let watershed = self.watershed.unwrap_or_default();
                let things = |maps: Maps| Ok(watershed.things(&maps.probabilities())?.numbers);
                let numbers = predictor.on_picture(maps, picture, 0, things)?;
                let count = numbers.iter().collect::<std::collections::BTreeSet<_>>().len();
                let count = count - usize::from(numbers.contains(&0));
                let mask = numbers.iter().map(|&number| u8::from(number > 0)).collect();
                let classes = ClassNames::new(["background", "thing"]);
                Ok(MaskAnswer { size: picture.size(), mask, classes, things: Some(Things { numbers, count }) })
            }
        }
    }
}

/// Refuses a number of crops that can't be made.
pub(super) fn check_crops(crops: Option<usize>) -> Result<(), Error> {
    match crops {
        Some(0) => Err(Error::Option { option: "crops", value: "0".into(), rule: "it must be at least 1" }),
        Some(crops) if crops > 1 << 20 => {
            Err(Error::Option { option: "crops", value: crops.to_string(), rule: "it must be at most 2^20" })
        }
        _ => Ok(()),
    }
}

/// Refuses a network that doesn't give a map of the picture's size for each class.
pub(super) fn check_maps(spec: &NetworkSpec, classes: usize) -> Result<(), Error> {
    let inputs = spec.input_signatures();
    let sides = match inputs.as_slice() {
        [input] if input.shape.rank() == 3 => &input.shape.sides()[1..],
        _ => &[],
    };
    let fits = |shape: &[Option<usize>]| shape.len() == 3 && shape[0] == Some(classes) && shape[1..] == *sides;
    let outputs = spec.output_signatures();
    match outputs.iter().find(|output| !fits(output.shape.sides())) {
        None => Ok(()),
        Some(output) => Err(Error::Task(TaskError::Output {
            network: spec.name().into(),
            got: output.to_string(),
            expected: format!(
                "this task needs maps [{classes}, height, width] of the picture's size; `striate models` lists networks that give a class for each px, such as unet"
            ),
        })),
    }
}

/// A random part of a picture at its own scale; what lies beyond the picture is void.
pub(super) fn crop(size: [usize; 2]) -> RandomCrop {
    RandomCrop::new(size).targets(Targets::default().mask_fill(Batch::VOID))
}

/// The classes of px that tell single things apart.
pub(super) fn outline_classes() -> ClassNames {
    ClassNames::new(["background", "inside", "border"])
}

/// Makes a mask of background, inside and border from a sample's single things; void stays.
#[derive(Debug, Clone, Copy)]
pub(super) struct OutlineMask(pub(super) Outline);

impl Transform for OutlineMask {
    fn apply(&self, mut sample: Sample, _: &mut Stream) -> Result<Sample, DataError> {
        let error = |source: Box<dyn std::error::Error + Send + Sync>| DataError::Sample { index: 0, source };
        let Some(things) = &sample.instances else {
            return Err(error("a picture has no mask of single things, which `segment.instances` needs".into()));
        };
        let [height, width] = things.size();
        let mut classes = self.0.target(things.numbers(), [height, width]).map_err(|source| error(source.into()))?;
        if let Some(before) = &sample.mask {
            let void = classes.iter_mut().zip(before.pixels()).filter(|(_, before)| **before == VOID);
            void.for_each(|(class, _)| *class = VOID);
        }
        sample.mask = Some(Picture::new(height, width, 1, classes)?);
        Ok(sample)
    }
}

/// Counts things in whole pictures: `things`, how many there are, `things_found`, and `things_f1`.
pub(super) fn count_things(
    predictor: &TaskPredictor,
    data: &dyn Dataset,
    evaluation: &mut Evaluation,
) -> Result<(), Error> {
    let mut counts = ThingCounts::default();
    for index in 0..data.len() {
        let sample = data.get(index)?;
        let (Some(truth), Answer::Mask(MaskAnswer { things: Some(things), .. })) =
            (&sample.instances, predictor.answer(&sample.image.to_u8(), 1)?)
        else {
            continue;
        };
        counts = counts.and(ThingCounts::of(&things.numbers, truth.numbers())?);
    }
    let values = [("things", counts.there as f64), ("things_found", counts.found as f64), ("things_f1", counts.f1())];
    evaluation.metrics.extend(values.map(|(name, value)| (name.to_owned(), value)));
    Ok(())
}

/// A class for each px of a picture, and its single things if the network tells them apart.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct MaskAnswer {
    /// Height and width of the picture, in px.
    pub size: [usize; 2],
    /// The class of each px, `[height, width]`; 255 where the network doesn't see the picture. Of single things 1.
    pub mask: Vec<u8>,
    /// The names of the classes.
    pub classes: ClassNames,
    /// The single things.
    pub things: Option<Things>,
}

impl MaskAnswer {
    /// The classes that there are, each with its px.
    pub(crate) fn px_of_classes(&self) -> impl Iterator<Item = (usize, usize)> {
        let mut px = [0_usize; 256];
        self.mask.iter().for_each(|&class| px[usize::from(class)] += 1);
        px.into_iter().take(self.classes.len().min(255)).enumerate().filter(|(_, px)| *px > 0)
    }

    /// So many px as a part of all, in `[0, 1]`.
    pub(crate) fn part(&self, px: usize) -> f64 {
        px as f64 / self.mask.len().max(1) as f64
    }

    /// As the command prints it: `size`, `classes` with their px, and `things` with theirs and their boxes.
    pub fn to_json(&self) -> Json {
        let classes = self.px_of_classes().map(
            |(class, px)| json!({ "class": class, "name": self.classes.get(class), "px": px, "part": self.part(px) }),
        );
        let mut json = json!({ "size": self.size, "classes": classes.collect::<Vec<_>>() });
        if let Some(things) = &self.things {
            let things = extents(&things.numbers, self.size[1]).into_iter();
            let things = things.map(|(number, px, xyxy)| json!({ "number": number, "px": px, "xyxy": xyxy }));
            json["things"] = Json::Array(things.collect());
        }
        json
    }

    /// The picture, tinted by class or by thing.
    ///
    /// # Errors
    /// If the picture has another size than the mask.
    pub fn overlay(&self, picture: &Picture) -> Result<Picture, Error> {
        let mut shown = crate::task_predictor::in_color(picture);
        match &self.things {
            Some(things) => overlay(shown.pixels_mut(), &things.numbers, 0.5)?,
            None => overlay(shown.pixels_mut(), &self.mask, 0.5)?,
        }
        Ok(shown)
    }
}

/// The number of each thing, its px, and its left, upper, right and lower edge.
fn extents(numbers: &[u16], width: usize) -> Vec<(u16, usize, [usize; 4])> {
    let mut things: std::collections::BTreeMap<u16, (usize, [usize; 4])> = std::collections::BTreeMap::new();
    for (place, &number) in numbers.iter().enumerate().filter(|(_, number)| **number > 0) {
        let (row, column) = (place / width, place % width);
        let (px, [left, top, right, bottom]) = things.entry(number).or_insert((0, [column, row, column, row]));
        *px += 1;
        (*left, *top) = ((*left).min(column), (*top).min(row));
        (*right, *bottom) = ((*right).max(column + 1), (*bottom).max(row + 1));
    }
    things.into_iter().map(|(number, (px, xyxy))| (number, px, xyxy)).collect()
}
