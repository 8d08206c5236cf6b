// Loaded before a program: both of its clocks run at CLOCK_RATE from then on, as a time daemon makes them that mends an offset.
const rate = Number(process.env.CLOCK_RATE);
const now = performance.now.bind(performance);
const wallNow = Date.now.bind(Date);
const [began, wallBegan] = [now(), wallNow()];
Object.defineProperty(performance, 'now', { value: () => began + (now() - began) * rate });
Date.now = () => Math.floor(wallBegan + (wallNow() - wallBegan) * rate);
