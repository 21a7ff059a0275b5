using Hdms.Contracts;

namespace Hdms.Tickets.Tests.Walks;

/// <summary>What somebody could ask for with an action: mostly sensible, at times not.</summary>
static class Arguments
{
    /// <summary>Refusals of an offered action that are about what was asked for, not about who or when.</summary>
    public static readonly IReadOnlyDictionary<string, string[]> MayBeRefused = new Dictionary<string, string[]>
    {
        ["edit"] = ["unknown_reference"],
        ["assign"] = ["department_full", "unknown_reference"],
        ["confirm_review"] = ["department_full", "unknown_reference"],
        ["reassign"] = ["department_full", "unknown_reference", "validation_failed"],
        ["reject"] = ["unknown_reference"],
        ["merge"] = ["unknown_reference"],
        ["progress"] = ["validation_failed"],
        ["request_approval"] = ["self_approval"],
        ["close"] = ["validation_failed"],
        ["change_due"] = ["validation_failed"],
        ["split"] = ["unknown_reference"],
        ["request_sub_ticket"] = ["unknown_reference"],
    };

    /// <param name="other">Another ticket, to be a duplicate of.</param>
    public static Dictionary<string, object?> Of(string action, Random random, World world, Guid other, DateTimeOffset now)
    {
        var body = new Dictionary<string, object?>();
        switch (action)
        {
            case "edit":
                Maybe("title", "Another title");
                Maybe("priority", Any(Enum.GetValues<Priority>()));
                Maybe("department_id", Department());
                break;
            case "assign" or "confirm_review":
                Maybe("department_id", Department());
                Maybe("override_reason", "It can't wait.");
                break;
            case "reassign":
                body["reason"] = "They know more about it.";
                Maybe("department_id", Department());
                Maybe("override_reason", "It can't wait.");
                Maybe("reset_sla", true);
                break;
            case "reject":
                if (random.Next(3) == 0)
                    body["duplicate_of"] = random.Next(4) == 0 ? Guid.NewGuid() : other;
                else
                    body["reason"] = "Not ours.";
                break;
            case "merge":
                body["into"] = random.Next(4) == 0 ? Guid.NewGuid() : other;
                break;
            case "request_clarification":
                body["question"] = "Which one?";
                break;
            case "progress":
                body["percent"] = random.Next(101);
                Maybe("note", "Some of it had to be done again.");
                break;
            case "request_approval":
                var approvers = new[] { world.Approver.Id, world.OtherApprover.Id, world.Ceo.Id };
                random.Shuffle(approvers);
                body["chain"] = approvers.Take(1 + random.Next(3)).Chunk(1 + random.Next(2)).Select(step => new { approvers = step, rule = Any("all", "any") }).ToArray();
                break;
            case "complete":
                body["completion_notes"] = "Done.";
                break;
            case "confirm":
                Maybe("rating", 1 + random.Next(5));
                break;
            case "change_priority":
                body["priority"] = Any(Enum.GetValues<Priority>());
                break;
            case "change_due":
                body["due_at"] = now + TimeSpan.FromHours(random.Next(-2, 60));
                body["reason"] = "The fair is on Monday.";
                break;
            case "split":
                body["sub_tickets"] = Enumerable.Range(0, 1 + random.Next(2)).Select(i => new { title = $"Part {i}", department_id = Department() }).ToArray();
                break;
            case "request_sub_ticket":
                body["title"] = "A part";
                body["department_id"] = Department();
                body["reason"] = "It is theirs.";
                break;
            case "tag":
                body["tags"] = Any(new[] { "printer" }, ["printer", "fire"], []);
                break;
            case "reject_approval" or "request_changes" or "rework" or "force_close" or "postpone" or "request_reopen" or "request_postpone" or "dispute_sla":
                body["reason"] = "Because of that.";
                break;
            case "close" or "reopen" or "withdraw" or "withdraw_approval" or "approve":
                Maybe("reason", "Because of that.");
                break;
        }

        return body;

        void Maybe(string member, object? value)
        {
            if (random.Next(2) == 0)
                body[member] = value;
        }

        T Any<T>(params T[] values) => values[random.Next(values.Length)];

        Guid Department() => random.Next(12) switch
        {
            < 4 => world.It,
            < 8 => world.Finance,
            8 => world.Small,
            9 => world.Full,
            10 => world.Headless,
            _ => Guid.NewGuid(),
        };
    }
}
