using Hdms.Communication.Chat;
using Hdms.Contracts;

namespace Hdms.Communication.Demo;

/// <summary>Something that somebody in a ticket says.</summary>
sealed record DemoLine(Func<Room, Guid?> By, string Text);

/// <summary>What people say after which step; nothing before it is assigned, for a requester who says something has answered what was asked.</summary>
static class DemoLines
{
    static readonly string[] Assigned = ["Thank you, we have it and will look at it today.", "We have a look. Is somebody there in the morning?", "Noted. It goes in after what is urgent."];

    static readonly string[] Started =
    [
        "We are at it. Please leave it switched on.", "Started. It may take until tomorrow, one part has to be fetched.", "On my way.", "Looks like what we had last month; the same remedy, I hope.",
    ];

    static readonly string[] Progressed =
    [
        "Halfway there. Could you try it once and say whether it is **any better**?", "The part is here; it will be fitted in the afternoon.",
        "Waiting for a quote, then it goes fast.", "Two of three are done:\n\n- the first is tested\n- the second works\n- the third comes tomorrow",
    ];

    static readonly string[] Answered = ["If it helps: I am at my desk until five.", "A colleague has the same, by the way.", "It is a little better, thank you.", "Tried it: works for me, but not for my neighbour.", "Fine, no hurry.", "Tomorrow morning suits me best."];

    static readonly string[] Resolved = ["Works again. Thank you for the quick help!", "Tried it, all good.", "Thank you. I keep an eye on it for a day."];

    static readonly string[] Postponed = ["A pity, but I see why. Please tell me when it goes on."];

    public static DemoLine? After(TicketState ticket, byte[] dice) => ticket switch
    {
        TicketAssigned when dice[1] < 120 => new(r => r.AssigneeId, One(Assigned, dice)),
        TicketAcknowledged when dice[1] < 60 => new(r => r.RequesterId, One(Answered, dice)),
        TicketStarted when dice[1] < 170 => new(r => r.AssigneeId, One(Started, dice)),
        TicketProgressed when dice[1] < 110 => new(r => r.AssigneeId, One(Progressed, dice)),
        TicketProgressed when dice[1] < 200 => new(r => r.RequesterId, One(Answered, dice)),
        TicketResolved when dice[1] < 130 => new(r => r.RequesterId, One(Resolved, dice)),
        TicketPostponed when dice[1] < 150 => new(r => r.RequesterId, One(Postponed, dice)),
        _ => null,
    };

    static string One(string[] some, byte[] dice) => some[dice[2] % some.Length];
}
