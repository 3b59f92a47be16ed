package dev.quorate.kv.door;

import dev.quorate.kv.command.Decimal;
import dev.quorate.kv.command.Expiry;
import dev.quorate.kv.command.KvQuery;
import dev.quorate.kv.command.KvQuery.ExpiryOf;
import dev.quorate.kv.command.KvQuery.Form;
import dev.quorate.kv.command.KvWrite;
import dev.quorate.kv.command.KvWrite.Answer;
import dev.quorate.kv.command.KvWrite.Condition;
import dev.quorate.types.Bytes;
import dev.quorate.types.KeySlot;
import java.util.List;

/// Turns requests that name keys into writes and queries.
final class DataCommands {
    private final int valueBytesMax;

    /// @param valueBytesMax longest value, in bytes
    DataCommands(int valueBytesMax) {
        this.valueBytesMax = valueBytesMax;
    }

    /// What a request with enough arguments comes down to.
    Plan plan(CommandSpec spec, List<Bytes> request) throws RefusedException {
        List<Bytes> keys = spec.keys(request);
        int slot = slotOf(keys);
        if (request.stream().anyMatch(argument -> argument.length() > valueBytesMax)) {
            throw RefusedException.because("ERR value exceeds " + valueBytesMax + " bytes");
        }
        if (spec.flags().contains("readonly")) {
            return new Plan.Read(slot, query(spec.name(), keys, request));
        }
        if (spec.name().equals("getex") && request.size() == 2) {
            return new Plan.Read(slot, new KvQuery.Get(keys.getFirst()));
        }
        return new Plan.Write(slot, write(spec.name(), keys, request));
    }

    private static int slotOf(List<Bytes> keys) throws RefusedException {
        int slot = -1;
        for (Bytes key : keys) {
            if (key.length() > KvServerOptions.KEY_BYTES_MAX) {
                throw RefusedException.because(
                        "ERR key exceeds " + KvServerOptions.KEY_BYTES_MAX + " bytes");
            }
            int own = KeySlot.of(key.toByteArray());
            if (slot >= 0 && slot != own) {
                throw RefusedException.because(
                        "CROSSSLOT Keys in request don't hash to the same slot");
            }
            slot = own;
        }
        return slot;
    }

    private static KvQuery query(String name, List<Bytes> keys, List<Bytes> request)
            throws RefusedException {
        Bytes key = keys.getFirst();
        return switch (name) {
            case "get" -> new KvQuery.Get(key);
            case "mget" -> new KvQuery.GetMany(keys);
            case "exists", "touch" -> new KvQuery.Exists(keys);
            case "strlen" -> new KvQuery.Length(key);
            case "getrange", "substr" ->
                    new KvQuery.Range(key, integer(request.get(2)), integer(request.get(3)));
            case "type" -> new KvQuery.Type(key);
            case "ttl" -> new ExpiryOf(key, Form.SECONDS_LEFT);
            case "pttl" -> new ExpiryOf(key, Form.MILLIS_LEFT);
            case "expiretime" -> new ExpiryOf(key, Form.AT_SECONDS);
            case "pexpiretime" -> new ExpiryOf(key, Form.AT_MILLIS);
            default -> throw new IllegalStateException("no query is called " + name);
        };
    }

    private KvWrite write(String name, List<Bytes> keys, List<Bytes> request)
            throws RefusedException {
        Bytes key = keys.getFirst();
        return switch (name) {
            case "set" -> SetArguments.parse(request);
            case "setnx" ->
                    new KvWrite.Set(
                            key,
                            request.get(2),
                            Condition.IF_ABSENT,
                            Answer.NUMBER,
                            new Expiry.Never());
            case "setex" -> setWithExpiry(name, ExpiryUnit.EX, request);
            case "psetex" -> setWithExpiry(name, ExpiryUnit.PX, request);
            case "getset" ->
                    new KvWrite.Set(
                            key, request.get(2), Condition.ALWAYS, Answer.OLD, new Expiry.Never());
            case "getdel" -> new KvWrite.TakeOut(key);
            case "getex" -> SetArguments.parseGetEx(request);
            case "del", "unlink" -> new KvWrite.Delete(keys);
            case "incr" -> new KvWrite.Increment(key, 1);
            case "decr" -> new KvWrite.Increment(key, -1);
            case "incrby" -> new KvWrite.Increment(key, integer(request.get(2)));
            case "decrby" -> new KvWrite.Increment(key, negated(integer(request.get(2))));
            case "append" -> new KvWrite.Append(key, request.get(2), valueBytesMax);
            case "mset" -> setMany(name, request, Condition.ALWAYS);
            case "msetnx" -> setMany(name, request, Condition.IF_ABSENT);
            case "expire" -> ExpireArguments.parse(name, ExpiryUnit.EX, request);
            case "pexpire" -> ExpireArguments.parse(name, ExpiryUnit.PX, request);
            case "expireat" -> ExpireArguments.parse(name, ExpiryUnit.EXAT, request);
            case "pexpireat" -> ExpireArguments.parse(name, ExpiryUnit.PXAT, request);
            case "persist" -> new KvWrite.Persist(key);
            default -> throw new IllegalStateException("no write is called " + name);
        };
    }

    private static KvWrite setWithExpiry(String name, ExpiryUnit unit, List<Bytes> request)
            throws RefusedException {
        return new KvWrite.Set(
                request.get(1),
                request.get(3),
                Condition.ALWAYS,
                Answer.OK,
                unit.positive(name, request.get(2)));
    }

    private static KvWrite setMany(String name, List<Bytes> request, Condition condition)
            throws RefusedException {
        if (request.size() % 2 == 0) {
            throw RefusedException.arity(name);
        }
        return new KvWrite.SetMany(request.subList(1, request.size()), condition);
    }

    private static long negated(long delta) throws RefusedException {
        if (delta == Long.MIN_VALUE) {
            throw RefusedException.because("ERR decrement would overflow");
        }
        return -delta;
    }

    private static long integer(Bytes text) throws RefusedException {
        return Decimal.parse(text).orElseThrow(RefusedException::notAnInteger);
    }
}
