package dev.quorate.kv.door;

import dev.quorate.kv.command.Expiry;
import dev.quorate.kv.command.KvWrite;
import dev.quorate.kv.command.KvWrite.Answer;
import dev.quorate.kv.command.KvWrite.Condition;
import dev.quorate.types.Bytes;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The options of `SET` and `GETEX`.
final class SetArguments {
    private final String command;
    private final List<Bytes> request;
    private Condition condition = Condition.ALWAYS;
    private Answer answer = Answer.OK;
    private @Nullable Expiry expiry;
    private int at;

    private SetArguments(String command, List<Bytes> request, int first) {
        this.command = command;
        this.request = request;
        this.at = first;
    }

    static KvWrite parse(List<Bytes> request) throws RefusedException {
        SetArguments options = new SetArguments("set", request, 3);
        while (options.at < request.size()) {
            options.setOption(CommandTable.lower(request.get(options.at++)));
        }
        Expiry expiry = options.expiry == null ? new Expiry.Never() : options.expiry;
        return new KvWrite.Set(
                request.get(1), request.get(2), options.condition, options.answer, expiry);
    }

    static KvWrite parseGetEx(List<Bytes> request) throws RefusedException {
        SetArguments options = new SetArguments("getex", request, 2);
        while (options.at < request.size()) {
            String option = CommandTable.lower(request.get(options.at++));
            if (option.equals("persist")) {
                options.expire(new Expiry.Never());
            } else {
                options.timeOption(option);
            }
        }
        Expiry expiry = options.expiry == null ? new Expiry.Keep() : options.expiry;
        return new KvWrite.GetAndExpire(request.get(1), expiry);
    }

    private void setOption(String option) throws RefusedException {
        switch (option) {
            case "nx" -> condition(Condition.IF_ABSENT);
            case "xx" -> condition(Condition.IF_PRESENT);
            case "get" -> answer = Answer.OLD;
            case "keepttl" -> expire(new Expiry.Keep());
            default -> timeOption(option);
        }
    }

    private void condition(Condition wanted) throws RefusedException {
        if (condition != Condition.ALWAYS && condition != wanted) {
            throw RefusedException.syntax();
        }
        condition = wanted;
    }

    private void timeOption(String option) throws RefusedException {
        ExpiryUnit unit = ExpiryUnit.named(option);
        if (unit == null || at == request.size() || expiry != null) {
            throw RefusedException.syntax();
        }
        expire(unit.positive(command, request.get(at++)));
    }

    private void expire(Expiry wanted) throws RefusedException {
        if (expiry != null) {
            throw RefusedException.syntax();
        }
        expiry = wanted;
    }
}
