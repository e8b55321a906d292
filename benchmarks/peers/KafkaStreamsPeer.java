import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectReader;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler.StreamThreadExceptionResponse;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.Produced;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.Stores;

/**
 * The peers' work on Kafka Streams: a processor with a row for each customer in a persistent store (RocksDB, changelog).
 *
 * What is fair to Kafka Streams: two threads, its record cache on, lz4 as ours has it, and a row in a form of its own
 * that copies the kept events as they came instead of parsing them again. Time begins after a quarter of the events,
 * when its threads have shared out the partitions and Java has compiled what it runs, and, told beside it, with the
 * first event, as that of everybody who runs one process; it ends when close() has returned: the cache flushed, flags
 * and changelog acknowledged, offsets committed.
 */
public final class KafkaStreamsPeer {
    private static final String STORE = "journeys";
    private static final int ENTRIES = 20;
    private static final int DESKS = 4;

    private static final long EVENTS = Long.parseLong(told("BENCH_EVENTS"));
    private static final AtomicLong HANDLED = new AtomicLong();
    private static final CountDownLatch ALL = new CountDownLatch(1);

    @JsonIgnoreProperties(ignoreUnknown = true)
    record Event(String id, String type, Data data) {}

    @JsonIgnoreProperties(ignoreUnknown = true)
    record Data(String desk, @JsonProperty("to_desk") String toDesk) {
        String handedTo() {
            return toDesk != null ? toDesk : desk;
        }
    }

    record Flag(String kind, List<String> desks, String cause) {}

    record Journey(List<byte[]> entries, List<String> desks) {
        static final Journey NEW = new Journey(List.of(), List.of());

        Journey with(byte[] entry, List<String> newDesks) {
            return new Journey(last(entries, entry, ENTRIES), newDesks);
        }

        byte[] bytes() {
            List<byte[]> texts = desks.stream().map(desk -> desk.getBytes(StandardCharsets.UTF_8)).toList();
            int size = 2 * Integer.BYTES + sizeOf(entries) + sizeOf(texts);
            ByteBuffer row = ByteBuffer.allocate(size);
            put(row, entries);
            put(row, texts);
            return row.array();
        }

        static Journey of(byte[] stored) {
            if (stored == null) {
                return null;
            }
            ByteBuffer row = ByteBuffer.wrap(stored);
            List<byte[]> entries = taken(row);
            return new Journey(
                entries, taken(row).stream().map(text -> new String(text, StandardCharsets.UTF_8)).toList());
        }

        private static int sizeOf(List<byte[]> items) {
            return items.stream().mapToInt(item -> Integer.BYTES + item.length).sum();
        }

        private static void put(ByteBuffer row, List<byte[]> items) {
            row.putInt(items.size());
            items.forEach(item -> row.putInt(item.length).put(item));
        }

        private static List<byte[]> taken(ByteBuffer row) {
            int count = row.getInt();
            List<byte[]> items = new ArrayList<>(count);
            for (int number = 0; number < count; number++) {
                byte[] item = new byte[row.getInt()];
                row.get(item);
                items.add(item);
            }
            return items;
        }
    }

    static final class Keep implements Processor<String, byte[], String, byte[]> {
        private final ObjectMapper json = new ObjectMapper();
        private final ObjectReader events = json.readerFor(Event.class);
        private ProcessorContext<String, byte[]> context;
        private KeyValueStore<String, Journey> journeys;

        @Override
        public void init(ProcessorContext<String, byte[]> context) {
            this.context = context;
            this.journeys = context.getStateStore(STORE);
        }

        @Override
        public void process(Record<String, byte[]> record) {
            try {
                keep(record, events.readValue(record.value()));
            } catch (IOException error) {
                throw new IllegalArgumentException("not an event", error);
            }
            long handled = HANDLED.incrementAndGet();
            if (handled == 1) {
                say("first");
            }
            if (handled == EVENTS / 4) {
                say("begun");
            }
            if (handled == EVENTS) {
                ALL.countDown();
            }
        }

        private void keep(Record<String, byte[]> record, Event event) throws IOException {
            Journey stored = journeys.get(record.key());
            Journey journey = stored == null ? Journey.NEW : stored;
            List<String> desks = desksAfter(journey.desks(), event);
            journeys.put(record.key(), journey.with(record.value(), desks));
            if (desks != journey.desks() && isPingPong(desks)) {
                context.forward(record.withValue(json.writeValueAsBytes(new Flag("ping_pong", desks, event.id()))));
            }
        }
    }

    static List<String> desksAfter(List<String> desks, Event event) {
        switch (event.type()) {
            case "issue.resolved":
                return List.of();
            case "contact.connected":
            case "contact.transferred":
                String desk = event.data().handedTo();
                boolean same = !desks.isEmpty() && desks.get(desks.size() - 1).equals(desk);
                return same ? desks : last(desks, desk, DESKS);
            default:
                return desks;
        }
    }

    static boolean isPingPong(List<String> desks) {
        return desks.size() == DESKS && desks.subList(0, 2).equals(desks.subList(2, 4));
    }

    /** The last `kept` of the items and one more. */
    static <T> List<T> last(List<T> items, T item, int kept) {
        List<T> found = new ArrayList<>(items.subList(Math.max(0, items.size() + 1 - kept), items.size()));
        found.add(item);
        return found;
    }

    static Topology topology() {
        Serde<Journey> journey = Serdes.serdeFrom((topic, row) -> row == null ? null : row.bytes(),
            (topic, stored) -> Journey.of(stored));
        StreamsBuilder builder = new StreamsBuilder();
        builder.addStateStore(Stores.keyValueStoreBuilder(Stores.persistentKeyValueStore(STORE), Serdes.String(), journey)
            .withCachingEnabled());
        builder.stream(told("BENCH_TOPIC"), Consumed.with(Serdes.String(), Serdes.ByteArray()))
            .process(Keep::new, STORE)
            .to(told("BENCH_FLAGS"), Produced.with(Serdes.String(), Serdes.ByteArray()));
        return builder.build();
    }

    static Properties settings() {
        Properties settings = new Properties();
        settings.put(StreamsConfig.APPLICATION_ID_CONFIG, told("BENCH_GROUP"));
        settings.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, told("ASHIATO_KAFKA"));
        settings.put(StreamsConfig.STATE_DIR_CONFIG, told("BENCH_FOLDER"));
        settings.put(StreamsConfig.NUM_STREAM_THREADS_CONFIG, 2);
        String cache = System.getenv("BENCH_CACHE_BYTES");
        if (cache != null) {
            settings.put(StreamsConfig.STATESTORE_CACHE_MAX_BYTES_CONFIG, Long.parseLong(cache));
        }
        settings.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
        settings.put(ProducerConfig.COMPRESSION_TYPE_CONFIG, "lz4");
        return settings;
    }

    public static void main(String[] arguments) throws InterruptedException {
        KafkaStreams streams = new KafkaStreams(topology(), settings());
        streams.setUncaughtExceptionHandler(error -> {
            error.printStackTrace();
            Runtime.getRuntime().halt(1);
            return StreamThreadExceptionResponse.SHUTDOWN_CLIENT;
        });
        streams.start();
        ALL.await();
        if (!streams.close(Duration.ofMinutes(2))) {
            throw new IllegalStateException("close() did not end");
        }
        say("handled");
    }

    private static void say(String word) {
        System.out.printf("%s %.3f%n", word, System.currentTimeMillis() / 1000.0);
        System.out.flush();
    }

    private static String told(String name) {
        return System.getenv(name);
    }
}
