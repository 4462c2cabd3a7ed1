//! Slint without a display: its software renderer into memory, and a small event loop of our own.
//! Used by `--headless` and by snapshots; the pixels are those of a real window. And whether a
//! real window should be drawn by the same renderer.

use std::{
    cell::{Cell, RefCell},
    collections::VecDeque,
    rc::Rc,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use slint::{
    EventLoopError, PhysicalSize, PlatformError, Rgb8Pixel,
    platform::{
        EventLoopProxy, Platform, WindowAdapter, WindowEvent,
        software_renderer::{MinimalSoftwareWindow, RepaintBufferType},
        update_timers_and_animations,
    },
};

/// Often enough for motion.
const FRAME: Duration = Duration::from_millis(16);

type Job = Box<dyn FnOnce() + Send>;

/// Jobs from other threads for the one that draws.
#[derive(Default)]
struct Queue {
    /// The lock is held for pushes and pops only.
    jobs: Mutex<(VecDeque<Job>, bool)>,
    signal: Condvar,
}

impl Queue {
    fn jobs(&self) -> MutexGuard<'_, (VecDeque<Job>, bool)> {
        self.jobs.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

struct Proxy(Arc<Queue>);

impl EventLoopProxy for Proxy {
    fn quit_event_loop(&self) -> Result<(), EventLoopError> {
        self.0.jobs().1 = true;
        self.0.signal.notify_one();
        Ok(())
    }

    fn invoke_from_event_loop(&self, job: Job) -> Result<(), EventLoopError> {
        self.0.jobs().0.push_back(job);
        self.0.signal.notify_one();
        Ok(())
    }
}

/// The loop and its one window, drawn into memory.
pub struct Headless {
    window: Rc<MinimalSoftwareWindow>,
    queue: Arc<Queue>,
    size: PhysicalSize,
    pixels: RefCell<Vec<Rgb8Pixel>>,
    drawn: Cell<u64>,
    started: Instant,
}

impl std::fmt::Debug for Headless {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Headless")
            .field("size", &self.size)
            .finish_non_exhaustive()
    }
}

impl Headless {
    /// Becomes this thread's platform; once a process.
    pub fn install(width: u32, height: u32) -> Result<Rc<Self>, PlatformError> {
        let size = PhysicalSize::new(width, height);
        let headless = Rc::new(Self {
            window: MinimalSoftwareWindow::new(RepaintBufferType::ReusedBuffer),
            queue: Arc::default(),
            size,
            pixels: RefCell::new(vec![Rgb8Pixel::default(); width as usize * height as usize]),
            drawn: Cell::new(0),
            started: Instant::now(),
        });
        slint::platform::set_platform(Box::new(HeadlessPlatform(headless.clone())))
            .map_err(|error| PlatformError::Other(error.to_string()))?;
        Ok(headless)
    }

    /// Gives the window its size and the focus; after the component was made.
    pub fn show(&self) {
        self.window.set_size(self.size);
        self.window
            .dispatch_event(WindowEvent::WindowActiveChanged(true));
    }

    /// One turn: timers, jobs, a picture if something changed; then waits for what comes next, at
    /// most `limit`. True when the loop was asked to end.
    pub fn turn(&self, limit: Option<Duration>) -> bool {
        update_timers_and_animations();
        loop {
            let job = self.queue.jobs().0.pop_front();
            match job {
                Some(job) => job(),
                None => break,
            }
        }
        self.draw();
        let next = if self.window.has_active_animations() {
            Some(FRAME)
        } else {
            slint::platform::duration_until_next_timer_update()
        };
        let wait = [next, limit].into_iter().flatten().min();
        let jobs = self.queue.jobs();
        if jobs.1 || !jobs.0.is_empty() {
            return jobs.1;
        }
        // Either may wake for nothing: the next turn looks anew.
        let signal = &self.queue.signal;
        match wait {
            Some(wait) => {
                let woken = signal.wait_timeout(jobs, wait);
                woken.unwrap_or_else(PoisonError::into_inner).0.1
            }
            None => signal.wait(jobs).unwrap_or_else(PoisonError::into_inner).1,
        }
    }

    fn draw(&self) {
        self.window.draw_if_needed(|renderer| {
            let mut pixels = self.pixels.borrow_mut();
            renderer.render(&mut pixels, self.size.width as usize);
            self.drawn.set(self.drawn.get() + 1);
        });
    }

    /// No animation runs. A film's frames come all the time and do not count.
    pub fn is_still(&self) -> bool {
        !self.window.has_active_animations()
    }

    /// Pictures drawn so far.
    pub fn drawn(&self) -> u64 {
        self.drawn.get()
    }

    pub fn size(&self) -> (u32, u32) {
        (self.size.width, self.size.height)
    }

    /// The picture, row by row.
    pub fn pixels(&self) -> Vec<Rgb8Pixel> {
        self.pixels.borrow().clone()
    }
}

struct HeadlessPlatform(Rc<Headless>);

impl Platform for HeadlessPlatform {
    fn create_window_adapter(&self) -> Result<Rc<dyn WindowAdapter>, PlatformError> {
        Ok(self.0.window.clone())
    }

    fn duration_since_start(&self) -> Duration {
        self.0.started.elapsed()
    }

    fn run_event_loop(&self) -> Result<(), PlatformError> {
        while !self.0.turn(None) {}
        Ok(())
    }

    fn new_event_loop_proxy(&self) -> Option<Box<dyn EventLoopProxy>> {
        Some(Box::new(Proxy(self.0.queue.clone())))
    }
}
