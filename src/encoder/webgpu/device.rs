//! The graphics processor: opened once, its failures as this crate's errors.

use std::sync::{Arc, Mutex, PoisonError};

use futures_channel::oneshot;

use crate::error::{Error, ErrorKind, Result};

/// How long one submission may take before the device counts as hung.
#[cfg(not(target_arch = "wasm32"))]
const DEADLINE: std::time::Duration = std::time::Duration::from_secs(120);

/// A shader, and what its source leaves open.
#[derive(Clone, PartialEq)]
pub struct Shader {
    /// What stands before all else: directives and names of types.
    pub prelude: &'static str,
    /// WGSL.
    pub source: &'static str,
    /// Whole numbers by name.
    pub constants: Vec<(&'static str, usize)>,
}

impl Shader {
    /// One without a prelude.
    pub fn new(source: &'static str, constants: &[(&'static str, usize)]) -> Self {
        Self { prelude: "", source, constants: constants.to_vec() }
    }
}

/// An open device.
pub struct Device {
    pub device: wgpu::Device,
    pub queue: wgpu::Queue,
    /// The shading language has products of four int8.
    pub packs: bool,
    /// It computes with floats of 16 bits.
    pub halves: bool,
    /// The first failure that no call waited for, such as a lost device.
    failure: Arc<Mutex<Option<String>>>,
}

impl Device {
    /// Opens the adapter that the system prefers for heavy work.
    ///
    /// # Errors
    /// [`ErrorKind::WebGpuUnavailable`].
    pub async fn open() -> Result<Self> {
        let instance =
            wgpu::Instance::new(wgpu::InstanceDescriptor::new_without_display_handle_from_env());
        let packs = instance
            .wgsl_language_features()
            .contains(wgpu::WgslLanguageFeatures::Packed4x8IntegerDotProduct);
        let options = wgpu::RequestAdapterOptions {
            power_preference: wgpu::PowerPreference::HighPerformance,
            ..Default::default()
        };
        let adapter = instance.request_adapter(&options).await.map_err(|cause| {
            let message =
                "There is no graphics processor that this program can use; use the engine 'fast'.";
            Error::new(ErrorKind::WebGpuUnavailable, message).caused_by(cause)
        })?;
        let halves = adapter.features() & wgpu::Features::SHADER_F16;
        let descriptor = wgpu::DeviceDescriptor { required_features: halves, ..Default::default() };
        let (device, queue) = adapter.request_device(&descriptor).await.map_err(|cause| {
            let message = "The graphics processor cannot be opened; use the engine 'fast'.";
            Error::new(ErrorKind::WebGpuUnavailable, message).caused_by(cause)
        })?;
        let failure = Arc::<Mutex<Option<String>>>::default();
        let note = |failure: &Arc<Mutex<Option<String>>>| {
            let failure = failure.clone();
            move |text: String| {
                let mut first = failure.lock().unwrap_or_else(PoisonError::into_inner);
                first.get_or_insert(text);
            }
        };
        let (lost, uncaptured) = (note(&failure), note(&failure));
        device.set_device_lost_callback(move |reason, text| lost(format!("{reason:?}: {text}")));
        device.on_uncaptured_error(Arc::new(move |error: wgpu::Error| {
            uncaptured(error.to_string());
        }));
        Ok(Self { device, queue, packs, halves: !halves.is_empty(), failure })
    }

    /// Whether it still works.
    ///
    /// # Errors
    /// [`ErrorKind::WebGpuFailed`] where anything went wrong since it was opened.
    pub fn check(&self) -> Result<()> {
        let failure = self.failure.lock().unwrap_or_else(PoisonError::into_inner);
        failure.as_ref().map_or(Ok(()), |text| Err(failed().caused_by(text.clone())))
    }

    /// A buffer of zeros.
    pub fn zeros(&self, bytes: usize, usage: wgpu::BufferUsages) -> wgpu::Buffer {
        self.device.create_buffer(&wgpu::BufferDescriptor {
            label: None,
            size: bytes as u64,
            usage,
            mapped_at_creation: false,
        })
    }

    /// A buffer that shaders only read.
    pub fn constant(&self, bytes: &[u8]) -> wgpu::Buffer {
        // Not mapped while it is made: a browser without memory for that throws, and
        // wgpu gives up where it should report.
        let usage = wgpu::BufferUsages::STORAGE | wgpu::BufferUsages::COPY_DST;
        let buffer = self.zeros(bytes.len(), usage);
        self.queue.write_buffer(&buffer, 0, bytes);
        buffer
    }

    /// A shader, compiled.
    pub fn pipeline(&self, shader: &Shader) -> wgpu::ComputePipeline {
        let Shader { prelude, source, constants } = shader;
        let constants = constants.iter().map(|(name, value)| format!("const {name} = {value}u;\n"));
        let source = format!("{prelude}{}{source}", constants.collect::<String>());
        let module = self.device.create_shader_module(wgpu::ShaderModuleDescriptor {
            label: None,
            source: wgpu::ShaderSource::Wgsl(source.into()),
        });
        self.device.create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
            label: None,
            layout: None,
            module: &module,
            entry_point: Some("main"),
            compilation_options: Default::default(),
            cache: None,
        })
    }

    /// Binds buffers from 0 upwards.
    pub fn bind(
        &self,
        pipeline: &wgpu::ComputePipeline,
        buffers: &[&wgpu::Buffer],
    ) -> wgpu::BindGroup {
        let entries: Vec<_> = (0..)
            .zip(buffers)
            .map(|(binding, buffer)| wgpu::BindGroupEntry {
                binding,
                resource: buffer.as_entire_binding(),
            })
            .collect();
        self.device.create_bind_group(&wgpu::BindGroupDescriptor {
            label: None,
            layout: &pipeline.get_bind_group_layout(0),
            entries: &entries,
        })
    }

    /// Waits for what was submitted and reads floats from the start of a buffer.
    ///
    /// # Errors
    /// [`ErrorKind::WebGpuFailed`]: lost, out of memory, or over the deadline.
    pub async fn read(&self, buffer: &wgpu::Buffer, floats: usize) -> Result<Vec<f32>> {
        let slice = buffer.slice(..floats as u64 * 4);
        let (tell, told) = oneshot::channel();
        slice.map_async(wgpu::MapMode::Read, |outcome| {
            // Nobody listens where the caller has given up.
            let _ = tell.send(outcome);
        });
        self.wait()?;
        let mapped = told.await.map_err(|cause| failed().caused_by(cause))?;
        self.check()?;
        mapped.map_err(|cause| failed().caused_by(cause))?;
        let view = slice.get_mapped_range().map_err(|cause| failed().caused_by(cause))?;
        let (values, _) = view.as_chunks::<4>();
        let values: Vec<f32> = values.iter().map(|&bytes| f32::from_le_bytes(bytes)).collect();
        drop(view);
        buffer.unmap();
        Ok(values)
    }
}

impl Device {
    /// Waits for what was submitted, at most so long that it counts as hung.
    #[cfg(not(target_arch = "wasm32"))]
    fn wait(&self) -> Result<()> {
        let wait = wgpu::PollType::Wait { submission_index: None, timeout: Some(DEADLINE) };
        self.device.poll(wait).map(drop).map_err(|cause| failed().caused_by(cause))
    }

    /// Browsers tell by themselves; how long that may take is for the caller to say.
    #[cfg(target_arch = "wasm32")]
    fn wait(&self) -> Result<()> {
        Ok(())
    }
}

/// The graphics processor did not answer, or not with numbers.
pub fn failed() -> Error {
    Error::new(ErrorKind::WebGpuFailed, "The graphics processor failed; use the engine 'fast'.")
}
