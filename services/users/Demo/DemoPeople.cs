using Hdms.Contracts;

namespace Hdms.Users.Demo;

/// <param name="Kind">One of <see cref="DemoPeople"/>'s.</param>
sealed record MadeUpPerson(string First, string Last, string Kind)
{
    public Role Role => Kind switch
    {
        DemoPeople.Head => Role.Assignee,
        DemoPeople.Moderator => Role.Moderator,
        DemoPeople.Admin => Role.Admin,
        _ => Role.Requester,
    };

    /// <summary>In which order they are shown: first those of whom there are few.</summary>
    public int Rank => Array.IndexOf(DemoPeople.Kinds, Kind);

    /// <summary>What the person is, in words; null for those who are like many others.</summary>
    public string? As(string department) => Kind switch
    {
        DemoPeople.Head => $"Head of {department}",
        DemoPeople.Admin => "Admin",
        DemoPeople.Moderator => "Moderator",
        DemoPeople.Ceo => "CEO, approver",
        DemoPeople.Approver => $"Approver, {department}",
        DemoPeople.Analyst => "Analyst",
        DemoPeople.Requester => $"Requester, {department}",
        _ => null,
    };
}

/// <summary>The people of the demo organisation; none of them is anybody.</summary>
static class DemoPeople
{
    public const string Head = "head";
    public const string Team = "team";
    public const string Requester = "requester";
    public const string Other = "other";
    public const string Moderator = "moderator";
    public const string Admin = "admin";
    public const string Ceo = "ceo";
    public const string Approver = "approver";
    public const string Analyst = "analyst";

    public static readonly string[] Kinds = [Admin, Moderator, Ceo, Approver, Analyst, Head, Requester, Team, Other];

    public static readonly IReadOnlyList<(string Code, string Name, int Capacity, bool Queue, MadeUpPerson[] People)> Departments =
    [
        ("DEV", "Development", 60, true,
        [
            new("Bilal", "Chaudhry", Head), new("Sana", "Mirza", Team), new("Hamza", "Siddiqui", Team), new("Areeba", "Qureshi", Team),
            new("Usman", "Ghani", Team), new("Mahnoor", "Aslam", Requester), new("Taimoor", "Shah", Other), new("Zoya", "Farooqi", Other),
            new("Rehan", "Baig", Other), new("Iqra", "Nadeem", Other),
        ]),
        ("FIN", "Finance & Accounts", 40, false,
        [
            new("Nadia", "Rahman", Head), new("Farhan", "Malik", Approver), new("Saima", "Javed", Approver), new("Adeel", "Butt", Team),
            new("Hina", "Yousaf", Team), new("Kashif", "Mehmood", Team), new("Rabia", "Anwar", Requester), new("Danish", "Iqbal", Other),
            new("Mehwish", "Tariq", Other),
        ]),
        ("PRC", "Procurement", 30, false,
        [
            new("Imran", "Lodhi", Head), new("Fatima", "Zahid", Team), new("Waqas", "Cheema", Team), new("Anum", "Saleem", Team),
            new("Shahzad", "Gill", Requester), new("Komal", "Rafiq", Other), new("Asad", "Hashmi", Other),
        ]),
        ("BMT", "Basic Maintenance", 50, true,
        [
            new("Tariq", "Awan", Head), new("Naveed", "Khattak", Team), new("Shabbir", "Ahmed", Team), new("Rukhsana", "Bibi", Team),
            new("Zafar", "Ullah", Team), new("Sajid", "Rajput", Requester), new("Parveen", "Akhtar", Other), new("Gul", "Zaman", Other),
        ]),
        ("IT", "IT", 80, true,
        [
            new("Omar", "Sheikh", Head), new("Ayesha", "Khan", Admin), new("Junaid", "Abbasi", Admin), new("Maryam", "Latif", Team),
            new("Fahad", "Mughal", Team), new("Sidra", "Batool", Team), new("Arslan", "Dar", Team), new("Laiba", "Hussain", Requester),
            new("Noman", "Sarwar", Other), new("Hira", "Shahid", Other),
        ]),
        ("ARC", "Architecture", 25, false,
        [
            new("Samina", "Durrani", Head), new("Haris", "Kiani", Team), new("Amna", "Waheed", Team), new("Salman", "Bokhari", Team),
            new("Nimra", "Sultan", Requester), new("Faisal", "Ansari", Other), new("Bushra", "Naqvi", Other),
        ]),
        ("ADM", "Administration", 40, false,
        [
            new("Asma", "Qaiser", Head), new("Zahid", "Hameed", Ceo), new("Sadia", "Pervaiz", Moderator), new("Kamran", "Raja", Moderator),
            new("Uzma", "Gilani", Moderator), new("Yasir", "Nawaz", Analyst), new("Mariam", "Zia", Team), new("Babar", "Niazi", Team),
            new("Shazia", "Kausar", Requester), new("Ali", "Raza", Other),
        ]),
    ];
}
