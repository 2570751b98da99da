//! The graph of a file, without the bytes of its stored tensors: these, nearly all of an
//! exported file, are read when they are needed, tensor by tensor.

use std::ops::Range;

use bytes::Buf;
use prost::encoding::{DecodeContext, WireType, decode_key, decode_varint, merge_loop, skip_field};
use prost::{DecodeError, Message};

use super::proto::{GraphProto, TensorProto};
use super::unsupported;
use crate::artefact::Contents;
use crate::error::Result;

/// The field of a `ModelProto` that is its graph.
const GRAPH: u32 = 7;
/// The field of a `GraphProto` that is a stored tensor.
const INITIALIZER: u32 = 5;
/// The field of a `TensorProto` that is its elements as bytes.
const RAW_DATA: u32 = 9;

/// A graph whose stored tensors have no `raw_data`.
#[derive(Default)]
pub struct Outline {
    /// All else.
    pub graph: GraphProto,
    /// Where in the file that of each initializer is.
    pub places: Vec<Range<usize>>,
}

impl Outline {
    /// Finds its way through a file.
    ///
    /// # Errors
    /// [`crate::ErrorKind::ModelUnsupported`] for what is not an ONNX file.
    pub fn of(file: &impl Contents) -> Result<Self> {
        let mut walk = Walk { len: file.len(), outline: None };
        walk.model(&mut file.reader())
            .map_err(|cause| unsupported("This is not an ONNX file.").caused_by(cause))?;
        let outline = walk.outline.ok_or_else(|| unsupported("This ONNX file has no graph."))?;
        if outline.places.iter().all(|place| place.end <= walk.len) {
            Ok(outline)
        } else {
            Err(unsupported("This ONNX file ends within a tensor."))
        }
    }
}

type Decoded<T> = std::result::Result<T, DecodeError>;

struct Walk {
    /// Of the file.
    len: usize,
    outline: Option<Outline>,
}

impl Walk {
    fn model(&mut self, buf: &mut impl Buf) -> Decoded<()> {
        while buf.has_remaining() {
            match decode_key(buf)? {
                (GRAPH, WireType::LengthDelimited) => self.graph(buf)?,
                (tag, wire) => skip_field(wire, tag, buf, DecodeContext::default())?,
            }
        }
        Ok(())
    }

    fn graph(&mut self, buf: &mut impl Buf) -> Decoded<()> {
        let len = self.len;
        let outline = self.outline.get_or_insert_default();
        merge_loop(
            outline,
            buf,
            DecodeContext::default(),
            |outline, buf, context| match decode_key(buf)? {
                (INITIALIZER, WireType::LengthDelimited) => {
                    let (tensor, place) = tensor(buf, len)?;
                    outline.graph.initializer.push(tensor);
                    outline.places.push(place);
                    Ok(())
                }
                (tag, wire) => outline.graph.merge_field(tag, wire, buf, context),
            },
        )
    }
}

/// A tensor of a file of `len` bytes, and the place of its `raw_data`, which may reach
/// beyond the file's end.
fn tensor(buf: &mut impl Buf, len: usize) -> Decoded<(TensorProto, Range<usize>)> {
    let mut found = (TensorProto::default(), 0..0);
    merge_loop(&mut found, buf, DecodeContext::default(), |(tensor, place), buf, context| {
        match decode_key(buf)? {
            (RAW_DATA, WireType::LengthDelimited) => {
                let size = usize::try_from(decode_varint(buf)?).unwrap_or(usize::MAX);
                let first = len - buf.remaining();
                *place = first..first.saturating_add(size);
                buf.advance(size.min(buf.remaining()));
                Ok(())
            }
            (tag, wire) => tensor.merge_field(tag, wire, buf, context),
        }
    })?;
    Ok(found)
}
