using Hdms.Contracts;

namespace Hdms.Tickets.Demo;

/// <summary>What happens with one ticket: steps in their order, spread at the end over the time between the first and the last.</summary>
sealed class DemoStory(int ticket, DemoOffice office, Random random, string? department = null)
{
    readonly List<(DemoColleague By, string Action, object Body)> _steps = [];
    DemoText _text = null!;
    int _progress;

    public string Department { get; } = department ?? DemoOffice.Department(random);

    DemoColleague Head => office.HeadOf(Department);

    DemoColleague Moderator { get; } = office.Moderators[random.Next(office.Moderators.Count)];

    DemoColleague Requester { get; } = office.Requesters[random.Next(office.Requesters.Count)];

    /// <param name="priority">Null: as it comes.</param>
    /// <param name="about">Which of the department's texts; null: any.</param>
    public DemoStory Raised(Priority? priority = null, bool submit = true, bool complete = true, int? about = null)
    {
        _text = about is { } one ? DemoTexts.Of[Department][one] : One(DemoTexts.Of[Department]);
        var (place, thing) = (One(DemoTexts.Places), One(DemoTexts.Things[Department]));
        priority ??= random.Next(100) switch { < 8 => Priority.Urgent, < 30 => Priority.High, < 75 => Priority.Medium, _ => Priority.Low };
        var title = string.Format(null, _text.Title, place, thing);
        return Does(Requester, "create", new CreateTicketRequest(
            char.ToUpperInvariant(title[0]) + title[1..],
            complete ? string.Format(null, _text.Description, place, thing) : null,
            priority.Value,
            complete ? _text.Category : null,
            complete || Chance(50) ? office.HeadOf(Department).DepartmentId : null,
            Submit: submit));
    }

    /// <summary>Written one day and submitted later.</summary>
    public DemoStory Submitted() => Does(Requester, "submit", new PlainActionRequest());

    public DemoStory Reviewed() => Does(Moderator, "review", new PlainActionRequest());

    public DemoStory Asked() => Does(Moderator, "request_clarification", new RequestClarificationRequest(One(DemoTexts.Questions)));

    public DemoStory Clarified() => Does(Requester, "clarify", new ClarifyTicketRequest(One(DemoTexts.Answers)));

    /// <summary>With a look at it first, a question even, or in one step.</summary>
    public DemoStory Assigned()
    {
        if (Chance(45))
        {
            return Tagged().Does(Moderator, "confirm_review", new ConfirmReviewRequest());
        }

        Reviewed();
        if (Chance(25))
        {
            Asked().Clarified();
        }

        return Tagged().Does(Moderator, "assign", new AssignTicketRequest());
    }

    public DemoStory AssignedAgain() => Does(Moderator, "assign", new AssignTicketRequest());

    public DemoStory Acknowledged() => Does(Head, "acknowledge", new PlainActionRequest());

    public DemoStory Started() => Does(Head, "start", new PlainActionRequest());

    public DemoStory AtWork() => Assigned().Acknowledged().Started().Progressed();

    public DemoStory Progressed()
    {
        _progress = Math.Min(95, _progress + random.Next(15, 45));
        return Does(Head, "progress", new ProgressTicketRequest(_progress, Chance(60) ? One(DemoTexts.Notes) : null));
    }

    public DemoStory Completed() => Does(Head, "complete", new CompleteTicketRequest(_text.Done));

    public DemoStory Confirmed()
    {
        var rating = random.Next(10) switch { < 5 => 5, < 8 => 4, 8 => 3, _ => 2 };
        return Does(Requester, "confirm", new ConfirmTicketRequest(rating, Chance(60) ? One(DemoTexts.Feedback) : null));
    }

    public DemoStory Reworked() => Does(Requester, "rework", new ReasonedActionRequest(One(DemoTexts.Reopenings)));

    public DemoStory Closed(string? reason = null) => Does(Moderator, "close", new OptionalReasonRequest(reason));

    public DemoStory Reopened(bool asked)
    {
        _progress = 0;
        var reason = One(DemoTexts.Reopenings);
        if (asked)
        {
            Does(Requester, "request_reopen", new ReasonedActionRequest(reason));
        }

        return Does(Moderator, "reopen", new ReasonedActionRequest(reason));
    }

    public DemoStory AskedToReopen() => Does(Requester, "request_reopen", new ReasonedActionRequest(One(DemoTexts.Reopenings)));

    public DemoStory Postponed() => Does(Moderator, "postpone", new ReasonedActionRequest(One(DemoTexts.Postponements)));

    public DemoStory Restarted() => Does(Moderator, "restart", new PlainActionRequest());

    public DemoStory Rejected() => Does(Moderator, "reject", new RejectTicketRequest(One(DemoTexts.Rejections)));

    public DemoStory RejectedAs(int other) => Does(Moderator, "reject", new RejectTicketRequest(DuplicateOf: DemoStep.IdOf(other)));

    public DemoStory MergedInto(int other) => Does(Moderator, "merge", new MergeTicketRequest(DemoStep.IdOf(other), "The same matter."));

    public DemoStory ForceClosed() => Does(Moderator, "force_close", new ReasonedActionRequest(One(DemoTexts.Forced)));

    public DemoStory MadeUrgent() => Does(Moderator, "change_priority", new ChangePriorityRequest(Priority.Urgent, "More people are concerned than it seemed."));

    public DemoStory AnsweredSla(bool agrees) => agrees
        ? Does(Head, "acknowledge_sla", new PlainActionRequest())
        : Does(Head, "dispute_sla", new ReasonedActionRequest("It can't be done before the part is there."));

    public DemoStory AskedToPostpone() => Does(Head, "request_postpone", new ReasonedActionRequest(One(DemoTexts.Postponements)));

    public DemoStory AskedForSubTicket() => Does(Head, "request_sub_ticket", new RequestSubTicketRequest(
        "What is to be bought for it", office.HeadOf("PRC").DepartmentId, "It can't be ordered without procurement."));

    public DemoStory Split(params string[] departments) => Does(Moderator, "split", new SplitTicketRequest(
        [.. departments.Select(d => new NewSubTicket(d switch
        {
            "IT" => "Network and power for it",
            "BMT" => "Works on the building",
            "PRC" => "What is to be bought for it",
            _ => "The part of this department",
        }, office.HeadOf(d).DepartmentId))]));

    public DemoStory ApprovalAsked(bool ceo)
    {
        var first = new ApprovalStep([.. office.Approvers.Select(a => a.Id)], Chance(50) ? ApprovalRule.Any : ApprovalRule.All);
        return Does(Head, "request_approval", new RequestApprovalRequest(
            ceo ? [first with { Rule = ApprovalRule.Any }, new ApprovalStep([office.Ceo.Id])] : [first], "Above what the department decides by itself."));
    }

    public DemoStory Approved() => Does(office.Approvers[0], "approve", new ApproveTicketRequest("Within the budget."));

    public DemoStory ApprovedByCeo() => Does(office.Ceo, "approve", new ApproveTicketRequest());

    public DemoStory ChangesAsked() => Does(office.Approvers[^1], "request_changes", new ReasonedActionRequest("Two receipts are missing."));

    public DemoStory Refused() => Does(office.Approvers[^1], "reject_approval", new ReasonedActionRequest("Not within this year's budget."));

    /// <param name="from">When it is raised.</param>
    /// <param name="to">When the last step is.</param>
    public IEnumerable<DemoStep> Between(DateTimeOffset from, DateTimeOffset to, Func<DateTimeOffset, DateTimeOffset> inTheOffice)
    {
        var length = Math.Max(1, _steps.Count - 1);
        return _steps.Select((s, n) =>
        {
            // What is new is looked at soon, and what is done stays for a while before somebody says that it is.
            var share = Math.Pow(n == 0 || n == length ? (double)n / length : (n + ((random.NextDouble() - 0.5) * 0.8)) / length, 3);
            return new DemoStep(ticket, n, inTheOffice(_steps.Count == 1 ? to : from + ((to - from) * share)), s.By, s.Action, s.Body);
        });
    }

    public bool Chance(int percent) => random.Next(100) < percent;

    DemoStory Tagged() => Chance(70) ? Does(Moderator, "tag", new TagTicketRequest(_text.Tags)) : this;

    DemoStory Does(DemoColleague by, string action, object body)
    {
        _steps.Add((by, action, body));
        return this;
    }

    T One<T>(IReadOnlyList<T> some) => some[random.Next(some.Count)];
}
