/** Plots whose first genre nobody would dispute, written without a look at the models. */
export const UNMISTAKABLE = {
  Horror:
    "After moving into an abandoned asylum, four students are haunted by the vengeful ghost of a murdered nurse. One by one they are possessed by a demon that feeds on fear, and screams fill the blood-stained corridors. A priest must perform an exorcism before the evil spirit claims its last terrified victim.",
  Western:
    "A retired gunslinger rides into a frontier town in the Arizona territory, where a ruthless cattle baron and his gang of outlaws terrorize the ranchers. With only an ageing sheriff and a saloon girl at his side, the cowboy straps on his six-shooter for one last showdown on the dusty street.",
  War: "In the winter of 1944 a platoon of young American soldiers is cut off behind enemy lines during the German offensive in the Ardennes. Under constant artillery fire, their sergeant must lead them through minefields and Nazi tanks to hold a bridge, while the battle kills his men one after another.",
  "Sci-Fi":
    "In the year 2340 the crew of a starship receives an alien signal from a distant planet. When a wormhole throws the spacecraft into another galaxy, a scientist and an android discover an extraterrestrial civilisation whose artificial intelligence plans to destroy Earth, and must travel through time to stop it.",
  Comedy:
    "Two bumbling roommates accidentally win a hot-dog eating contest and are mistaken for celebrity chefs. Hilarious misunderstandings follow as they fake their way through a television cooking show, a disastrous dinner party and a wacky road trip with an incontinent dog, while their nagging mothers try to find them girlfriends.",
};

/** Long enough for both models, with words that occur twice and marks of all kinds. */
export const PLAIN =
  "A widow and her young son find a door in the cellar that was not there yesterday. Behind the door a staircase leads down, and down, to a second cellar with a second door. The boy hears his dead father’s voice behind it; the widow hears nothing at all.";
