//! Parquet files: rows in, answers out.

use std::fs::File;
use std::io::{self, Read};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;

use parquet::basic::{Compression, ConvertedType, LogicalType, Repetition, Type as Physical};
use parquet::column::writer::ColumnWriterImpl;
use parquet::data_type::{BoolType, ByteArray, ByteArrayType, DataType, DoubleType, Int64Type};
use parquet::errors::{ParquetError, Result as ParquetResult};
use parquet::file::properties::WriterProperties;
use parquet::file::reader::SerializedFileReader;
use parquet::file::writer::{SerializedColumnWriter, SerializedFileWriter};
use parquet::record::reader::RowIter;
use parquet::record::{Field, Row};
use parquet::schema::types::{Type, TypePtr};
use plotlens::genre::GenreSet;
use plotlens::{Error, ErrorKind, Result};
use serde_json::Value;

use super::flat::{self, Column, Kind};

/// Answers that are written together.
const GROUP: usize = 10_000;

/// The rows of a Parquet file as JSON lines.
pub struct Lines {
    rows: RowIter<'static>,
    line: Vec<u8>,
    /// How much of the line has been read.
    at: usize,
}

impl Lines {
    /// Reads what the file says of itself, at its end.
    pub fn open(path: &Path, file: File) -> Result<Self> {
        let reader = SerializedFileReader::new(file).map_err(|cause| {
            let message = format!("{} is no Parquet file, or is cut off.", path.display());
            Error::new(ErrorKind::FileInvalid, message).caused_by(cause)
        })?;
        Ok(Self { rows: reader.into_iter(), line: Vec::new(), at: 0 })
    }

    /// The library gives up on some damaged pages; the iterator is not used again.
    fn next_row(&mut self) -> io::Result<Option<Row>> {
        let next = catch_unwind(AssertUnwindSafe(|| self.rows.next().transpose()));
        let damaged = |_| io::Error::other("A page of this Parquet file is damaged.");
        next.map_err(damaged)?.map_err(io::Error::other)
    }
}

impl Read for Lines {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.at == self.line.len() {
            let Some(row) = self.next_row()? else { return Ok(0) };
            self.line = format!("{}\n", object(&row)).into_bytes();
            self.at = 0;
        }
        let count = (&self.line[self.at..]).read(buffer)?;
        self.at += count;
        Ok(count)
    }
}

fn object(row: &Row) -> Value {
    row.get_column_iter().map(|(name, field)| (name.clone(), value(field))).collect()
}

fn value(field: &Field) -> Value {
    match field {
        // Some programs do not say which bytes are text.
        Field::Bytes(bytes) => String::from_utf8_lossy(bytes.data()).into(),
        Field::Group(row) => object(row),
        Field::ListInternal(list) => list.elements().iter().map(value).collect(),
        other => other.to_json_value(),
    }
}

/// Writes a table of the answers.
pub fn write(lines: &Path, genres: &GenreSet, file: &File, output: &Path) -> Result<()> {
    let failed = |cause: ParquetError| {
        Error::new(ErrorKind::Io, format!("Cannot write {}.", output.display())).caused_by(cause)
    };
    let columns = flat::columns(genres);
    let properties = WriterProperties::builder().set_compression(Compression::SNAPPY).build();
    let schema = schema(&columns).map_err(failed)?;
    let mut writer =
        SerializedFileWriter::new(file, schema, Arc::new(properties)).map_err(failed)?;
    flat::answers(lines, GROUP, |answers| {
        let mut group = writer.next_row_group().map_err(failed)?;
        for column in &columns {
            let Some(mut next) = group.next_column().map_err(failed)? else { break };
            let cells: Vec<Value> =
                answers.iter().map(|answer| flat::cell(answer, column)).collect();
            fill(&mut next, column.kind, &cells).and_then(|()| next.close()).map_err(failed)?;
        }
        group.close().map(drop).map_err(failed)
    })?;
    writer.close().map(drop).map_err(failed)
}

fn schema(columns: &[Column]) -> ParquetResult<TypePtr> {
    let fields = columns.iter().map(|column| field(column).map(Arc::new));
    let fields = fields.collect::<ParquetResult<_>>()?;
    Ok(Arc::new(Type::group_type_builder("answers").with_fields(fields).build()?))
}

fn field(Column { name, kind }: &Column) -> ParquetResult<Type> {
    let physical = match kind {
        Kind::Whole => Physical::INT64,
        Kind::Number => Physical::DOUBLE,
        Kind::Flag => Physical::BOOLEAN,
        Kind::Text | Kind::Names | Kind::Json => Physical::BYTE_ARRAY,
    };
    let logical = match kind {
        Kind::Text | Kind::Names => Some(LogicalType::String),
        Kind::Json => Some(LogicalType::Json),
        _ => None,
    };
    let plain = |name: &str, repetition| {
        let builder = Type::primitive_type_builder(name, physical);
        builder.with_logical_type(logical.clone()).with_repetition(repetition).build()
    };
    if *kind != Kind::Names {
        return plain(name, Repetition::OPTIONAL);
    }
    let element = Arc::new(plain("element", Repetition::REQUIRED)?);
    let list = Type::group_type_builder("list")
        .with_repetition(Repetition::REPEATED)
        .with_fields(vec![element])
        .build()?;
    Type::group_type_builder(name)
        .with_repetition(Repetition::OPTIONAL)
        .with_logical_type(Some(LogicalType::List))
        .with_converted_type(ConvertedType::LIST)
        .with_fields(vec![Arc::new(list)])
        .build()
}

fn fill(column: &mut SerializedColumnWriter<'_>, kind: Kind, cells: &[Value]) -> ParquetResult<()> {
    match kind {
        Kind::Whole => put(column.typed::<Int64Type>(), cells, Value::as_i64),
        Kind::Number => put(column.typed::<DoubleType>(), cells, Value::as_f64),
        Kind::Flag => put(column.typed::<BoolType>(), cells, Value::as_bool),
        Kind::Text => {
            put(column.typed::<ByteArrayType>(), cells, |cell| cell.as_str().map(ByteArray::from))
        }
        Kind::Json => put(column.typed::<ByteArrayType>(), cells, |cell| {
            (!cell.is_null()).then(|| ByteArray::from(cell.to_string().into_bytes()))
        }),
        Kind::Names => put_names(column.typed::<ByteArrayType>(), cells),
    }
}

/// Cells that are there or not.
fn put<T: DataType>(
    column: &mut ColumnWriterImpl<'_, T>,
    cells: &[Value],
    value: impl Fn(&Value) -> Option<T::T>,
) -> ParquetResult<()> {
    let values: Vec<Option<T::T>> = cells.iter().map(value).collect();
    let levels: Vec<i16> = values.iter().map(|value| value.is_some().into()).collect();
    let values: Vec<T::T> = values.into_iter().flatten().collect();
    column.write_batch(&values, Some(&levels), None).map(drop)
}

/// Lists: level 0 is no list, 1 an empty one, 2 an element; the first of a list repeats nothing.
fn put_names(
    column: &mut ColumnWriterImpl<'_, ByteArrayType>,
    cells: &[Value],
) -> ParquetResult<()> {
    let (mut values, mut defined, mut repeated) = (Vec::new(), Vec::new(), Vec::new());
    for cell in cells {
        let names = cell.as_array().map_or(&[][..], Vec::as_slice);
        if names.is_empty() {
            defined.push(cell.is_array().into());
            repeated.push(0);
        }
        for (index, name) in names.iter().enumerate() {
            values.push(ByteArray::from(name.as_str().unwrap_or_default()));
            defined.push(2);
            repeated.push(i16::from(index > 0));
        }
    }
    column.write_batch(&values, Some(&defined), Some(&repeated)).map(drop)
}
