namespace Hdms.Cli.Monolith;

/// <summary>What people of the old system are called and write about.</summary>
internal static class OldWords
{
    public static readonly string[] FirstNames =
    [
        "Ayesha", "Bilal", "Hina", "Imran", "Sana", "Usman", "Nadia", "Kamran", "Fatima", "Zain", "Rabia", "Omar", "Maryam", "Hassan", "Saima", "Tariq",
        "Mehwish", "Ali", "Noor", "Faisal", "Amna", "Junaid", "Sadia", "Waqas", "Zoya", "Asim", "Iqra", "Danish", "Lubna", "Rehan", "José", "Zoë", "Ömer", "Łukasz",
    ];

    public static readonly string[] LastNames =
    [
        "Khan", "Ahmed", "Malik", "Siddiqui", "Hussain", "Qureshi", "Butt", "Sheikh", "Raza", "Chaudhry", "Mirza", "Javed", "Akhtar", "Baig", "Farooq", "Iqbal",
        "Shah", "Nawaz", "Rashid", "Yousaf", "Zafar", "Abbasi", "Dar", "Gill", "O'Neill", "Müller",
    ];

    public static readonly (string Code, string Name)[] Departments =
    [
        ("DEV", "Development"), ("FIN", "Finance & Accounts"), ("PROC", "Procurement"), ("MNT", "Basic Maintenance"), ("IT", "IT"), ("ARCH", "Architecture"),
        ("ADM", "Administration"), ("HR", "Human Resources"), ("LEG", "Legal"), ("SEC", "Security"), ("LOG", "Logistics"), ("MKT", "Marketing"),
        ("SAL", "Sales"), ("QA", "Quality"), ("LAB", "Laboratory"), ("TRN", "Training"), ("FLT", "Fleet"), ("CAT", "Catering"), ("LIB", "Library"), ("MED", "Medical"),
    ];

    public static readonly string[] Categories = ["Hardware", "Software", "Network", "Access", "Facilities", "Purchase", "Payroll", "Other"];

    public static readonly string[] Things =
    [
        "printer on the second floor", "VPN from home", "payroll sheet of last month", "projector in room 12", "air conditioning", "shared drive", "laptop",
        "invoice of the supplier", "door card", "desk phone", "mailbox", "purchase order", "booking page", "backup tape", "parking permit", "monitor",
        "leave balance", "test server", "water cooler", "badge of the new colleague", "licence of the drawing program", "Wi-Fi in the canteen",
    ];

    public static readonly string[] Troubles =
    [
        "does not start", "is slow since Monday", "shows an error", "is missing", "needs to be replaced", "can't be reached", "makes a strange noise",
        "was charged twice", "has to be moved", "asks for a password again and again", "is out of order", "needs approval", "leaks", "prints blank pages",
    ];

    public static readonly string[] Sentences =
    [
        "It worked last week.", "I have restarted it twice.", "My colleague has the same problem.", "Please treat this as urgent.", "It is needed before the audit.",
        "The serial number is on the label.", "I am at my desk until five.", "A screenshot is attached.", "It happens only in the mornings.", "Nobody has changed anything.",
        "The vendor was informed.", "It can wait until next week.", "I found a workaround, but it is slow.", "Thank you for looking into it.",
    ];

    public static readonly string[] Replies =
    [
        "Looking into it now.", "Could you send the serial number?", "A part was ordered, it arrives on Thursday.", "Please try again.", "Works now, thank you!",
        "Still the same here.", "I have asked the vendor.", "Done; tell us if it comes back.", "We need the approval of finance first.", "I will come by in the afternoon.",
        "شکریہ، اب ٹھیک ہے۔", "Merci, c'est réglé 👍", "Which room is it?", "The cable was loose.", "It is under warranty.", "Please close this one.",
    ];

    public static readonly string[] Tags = ["warranty", "vendor", "audit", "vip", "remote", "recurring"];
}
