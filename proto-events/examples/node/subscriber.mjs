// Hear of contacts with Node and amqplib. `npm ci && AMQP_URL=amqp://… node subscriber.mjs`
//
// amqplib does not connect again by itself: on a lost connection this ends with 1, for whatever
// supervises it to start it again. What was not acknowledged comes again then.

import { appendFileSync, closeSync, existsSync, fsyncSync, openSync, readFileSync } from "node:fs";
import amqp from "amqplib";

const QUEUE = process.env.QUEUE ?? "example-team.contacts";
const BINDING = process.env.BINDING ?? "contact.*.v1";
const DEAD = `${QUEUE}.dlq`;
const HANDLED = process.env.DATABASE ?? "handled.txt";

// A file stands here for your database: keep the id in the transaction of what the event leads to.
const handled = new Set(existsSync(HANDLED) ? readFileSync(HANDLED, "utf8").split("\n") : []);
const file = openSync(HANDLED, "a");

const connection = await amqp.connect(process.env.AMQP_URL);
connection.on("error", (error) => console.error(error.message));
connection.on("close", () => process.exit(1));

const channel = await connection.createChannel();
await channel.prefetch(50);
await channel.assertQueue(DEAD, { durable: true, arguments: { "x-queue-type": "quorum" } });
await channel.assertQueue(QUEUE, {
  durable: true,
  arguments: {
    "x-queue-type": "quorum",
    "x-delivery-limit": 100,
    "x-overflow": "reject-publish",
    "x-dead-letter-exchange": "",
    "x-dead-letter-routing-key": DEAD,
    "x-dead-letter-strategy": "at-least-once",
  },
});
await channel.bindQueue(QUEUE, "ventros.events", BINDING);
await channel.consume(QUEUE, hear, { noAck: false });

process.once("SIGTERM", () => {
  closeSync(file);
  process.exit(0);
});

// Acknowledge what is done, set aside what cannot be read, have the rest delivered again.
function hear(message) {
  if (message === null) {
    // The queue was deleted under us.
    process.exit(1);
  }
  const event = read(message.content);
  if (event === null) {
    channel.reject(message, false);
    return;
  }
  try {
    if (!handled.has(event.id)) {
      handle(event);
      appendFileSync(file, `${event.id}\n`);
      fsyncSync(file);
      handled.add(event.id);
    }
    channel.ack(message);
  } catch (error) {
    console.error(event.id, error.message);
    setTimeout(() => channel.nack(message, false, true), 1000);
  }
}

function read(content) {
  try {
    const event = JSON.parse(content.toString("utf8"));
    return typeof event?.id === "string" && typeof event?.type === "string" ? event : null;
  } catch {
    return null;
  }
}

// What is yours to do. Types that you do not know come too when you bind wide: pass over them.
function handle(event) {
  console.log(event.type, event.id, event.subject);
}
