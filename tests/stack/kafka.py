"""A private Apache Kafka: one broker that is its own controller (KRaft), on loopback ports of its own.

`python -m tests.stack.kafka` fetches its jars, which ./dev does before the tests; where that cannot be done it says so.
"""
import base64
import fcntl
import glob
import os
import shutil
import subprocess
import sys
import uuid

from .process import TOP, Process, StackError, free_port, wait_for

JARS = os.path.join(TOP, "var", "kafka", "jars")
POM = os.path.join(TOP, "tests", "kafka", "pom.xml")
FETCH_SECONDS = 600


def fetch():
    """The folder with the jars; StackError where Maven cannot get them."""
    os.makedirs(os.path.dirname(JARS), exist_ok=True)
    with open(JARS + ".lock", "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not is_fetched():
            copy_jars()
    return JARS


def is_fetched():
    """Of this very pom.xml."""
    try:
        with open(os.path.join(JARS, "pom.xml"), "rb") as had, open(POM, "rb") as wanted:
            return had.read() == wanted.read()
    except OSError:
        return False


def copy_jars():
    for tool in ("mvn", "java"):
        if shutil.which(tool) is None:
            raise StackError(f"{tool} is not installed")
    shutil.rmtree(JARS, ignore_errors=True)
    log = os.path.join(os.path.dirname(JARS), "mvn.log")
    with open(log, "wb") as file:
        try:
            code = subprocess.run(["mvn", "-B", "-q", "-f", POM, "dependency:copy-dependencies",
                                   f"-DoutputDirectory={JARS}"], stdin=subprocess.DEVNULL, stdout=file,
                                  stderr=file, check=False, timeout=FETCH_SECONDS).returncode
        except subprocess.TimeoutExpired:
            code = "without an end"
    if code != 0:
        raise StackError(f"Maven could not get the jars of Apache Kafka (ended {code}); see {log}")
    shutil.copy(POM, os.path.join(JARS, "pom.xml"))


class Kafka:
    """One broker. With `tls` (a folder with server.crt, server.key, ca.crt) it has a second port, for SASL_SSL and the
    accounts {name: password}: the first may do everything, the others nothing."""

    def __init__(self, folder, tls=None, accounts=None):
        self.folder = os.path.join(folder, "kafka")
        self.port, self.sasl_port, self.controller_port = free_port(), free_port(), free_port()
        self.brokers, self.sasl_brokers = f"127.0.0.1:{self.port}", f"127.0.0.1:{self.sasl_port}"
        self.tls, self.accounts = tls, accounts or {}
        self.config = os.path.join(self.folder, "server.properties")
        self.process = None

    def write(self):
        data = os.path.join(self.folder, "data")
        os.makedirs(data, exist_ok=True)
        listeners = [f"PLAINTEXT://{self.brokers}", f"CONTROLLER://127.0.0.1:{self.controller_port}"]
        lines = {
            "process.roles": "broker,controller",
            "node.id": 1,
            "controller.quorum.voters": f"1@127.0.0.1:{self.controller_port}",
            "controller.listener.names": "CONTROLLER",
            "log.dirs": data,
            "auto.create.topics.enable": "false",
            "broker.heartbeat.interval.ms": 500,  # a broker that died is let in again after its session
            "broker.session.timeout.ms": 3000,
            "offsets.topic.replication.factor": 1,
            "offsets.topic.num.partitions": 1,
            "transaction.state.log.replication.factor": 1,
            "transaction.state.log.min.isr": 1,
            "transaction.state.log.num.partitions": 1,
            "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
            "super.users": "User:ANONYMOUS" + "".join(f";User:{name}" for name in list(self.accounts)[:1]),
        }
        if self.tls:
            listeners.append(f"SASL_SSL://{self.sasl_brokers}")
            users = "".join(f' user_{name}="{password}"' for name, password in self.accounts.items())
            lines |= {
                "ssl.keystore.type": "PEM",
                "ssl.keystore.location": self.keystore(),
                "sasl.enabled.mechanisms": "PLAIN",
                "listener.name.sasl_ssl.plain.sasl.jaas.config":
                    f"org.apache.kafka.common.security.plain.PlainLoginModule required{users};",
            }
        lines["listeners"] = ",".join(listeners)
        lines["listener.security.protocol.map"] = "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,SASL_SSL:SASL_SSL"
        with open(self.config, "w", encoding="utf-8") as file:
            file.writelines(f"{key}={value}\n" for key, value in lines.items())
        # What kafka-storage.sh format writes; a second JVM for it would take as long as the broker's own start.
        cluster = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
        with open(os.path.join(data, "meta.properties"), "w", encoding="utf-8") as file:
            file.write(f"version=1\ncluster.id={cluster}\nnode.id=1\n")

    def keystore(self):
        """Key (PKCS #8, as Java wants it) and certificates in one file."""
        path = os.path.join(self.folder, "server.pem")
        key = subprocess.run(["openssl", "pkcs8", "-topk8", "-nocrypt", "-in", f"{self.tls}/server.key"],
                             capture_output=True, check=True).stdout
        with open(path, "wb") as file, open(f"{self.tls}/server.crt", "rb") as certificates:
            file.write(key + certificates.read())
        return path

    def start(self):
        """Starts it, or starts it again on the same ports and data."""
        if self.process is None:
            self.write()
            jars = os.path.join(fetch(), "*")
            self.process = Process("kafka", ["java", "-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-cp",
                                             jars, "kafka.Kafka", self.config],
                                   os.path.join(self.folder, "kafka.log"))
        self.process.start()
        wait_for(self.answers, "Kafka to answer", 240, 0.1)
        return self

    def answers(self):
        from confluent_kafka import KafkaException
        self.process.must_run()
        try:
            return self.admin().list_topics(timeout=5).brokers
        except KafkaException:
            return False

    def admin(self):
        from confluent_kafka.admin import AdminClient
        return AdminClient({"bootstrap.servers": self.brokers, "log_level": 0})

    def create_topic(self, name, partitions=3, **config):
        from confluent_kafka.admin import NewTopic
        config = {key.replace("_", "."): str(value) for key, value in config.items()}
        admin = self.admin()  # a handle that is gone takes its answers with it
        admin.create_topics([NewTopic(name, partitions, 1, config=config)])[name].result(60)
        return name

    def alter_topic(self, name, **config):
        from confluent_kafka.admin import ConfigResource
        config = {key.replace("_", "."): str(value) for key, value in config.items()}
        admin, resource = self.admin(), ConfigResource("topic", name, config)
        admin.alter_configs([resource])[resource].result(60)

    def read(self, topic):
        """Every committed message of the topic, by partition, then offset."""
        from confluent_kafka import Consumer, TopicPartition
        reader = Consumer({"bootstrap.servers": self.brokers, "group.id": "reader", "enable.auto.commit": False,
                           "isolation.level": "read_committed", "enable.partition.eof": True, "log_level": 0})
        try:
            partitions = sorted(reader.list_topics(topic, 60).topics[topic].partitions)
            reader.assign([TopicPartition(topic, p, 0) for p in partitions])
            messages, at_end = [], set()
            while len(at_end) < len(partitions):
                message = reader.poll(60)
                if message is None:
                    raise StackError(f"the topic {topic} does not come to an end")
                if message.error():
                    at_end.add(message.partition())
                else:
                    messages.append(message)
        finally:
            reader.close()
        return sorted(messages, key=lambda m: (m.partition(), m.offset()))

    def kill(self):
        self.process.kill()

    def stop(self):
        if self.process and self.process.child:
            self.process.kill()  # nothing of it is kept
            self.process.stop()


def main():
    try:
        fetch()
    except StackError as error:
        print(f"dev: SKIP Kafka: {error}", file=sys.stderr)
    else:
        print(f"dev: {len(glob.glob(JARS + '/*.jar'))} jars of Apache Kafka in {JARS}", file=sys.stderr)


if __name__ == "__main__":
    main()
